/** What publishing hears of the registrar's people, whichever database they are in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { badgeId, modelDigest, personId } from '../../src/base/ids.js';
import { wallTime } from '../../src/base/units.js';
import { openPublishSource } from '../../src/fleet/publish/publish-source.js';
import { revokeAtRegistrar, undoRevocation } from '../../src/fleet/publish/revoked.js';
import { encodeSegment } from '../../src/fleet/segments/segment.js';
import { eraseIn } from '../../src/records/erasure/erase-rows.js';
import type { GalleryChange, Person } from '../../src/records/people/person.js';
import { openGallery } from '../../src/records/people/sql-gallery.js';
import type { Tables } from '../../src/records/sql-port.js';
import { actsOfTest } from '../fixtures/acts.js';

const KEY = Buffer.alloc(32, 7);
const ada = personId('ada');
const bob = personId('Bob');
const zoe = personId('zoe-of-old');
const enrolled = (id: Person['id'], values: readonly number[]): readonly GalleryChange[] => [
  {
    kind: 'put-person',
    person: {
      id,
      name: `${id} Łukasz 張`,
      consent: { textVersion: '1', givenAt: wallTime(1), until: wallTime(2 ** 43) },
      groups: ['staff', 'cleaners'],
    },
  },
  {
    kind: 'add-template',
    template: {
      person: id,
      digest: modelDigest('d'.repeat(64)),
      source: `${id}`.padEnd(64, '0'),
      vector: Float32Array.from(values),
      createdAt: wallTime(1_790_000_000_001),
    },
  },
  { kind: 'add-badge', badge: badgeId(`badge-of-${id}`), person: id },
];
const everybody = [...enrolled(ada, [1, 0]), ...enrolled(bob, [0, 1]), ...enrolled(zoe, [-0.5, 0.25])];

/** Byte by byte, as every box sorts them. */
const PUBLISHED = ['Bob', 'ada', 'zoe-of-old'];

/** @param open tables of a new, empty database. */
export function publishSourceContract(name: string, open: () => Promise<Tables>): void {
  const check = (what: string, body: (parts: Awaited<ReturnType<typeof partsOf>>) => Promise<void>) =>
    test(`${name}: ${what}`, async () => body(await partsOf(await open())));

  check('hears of every change, and of nobody before it began', async ({ tables, gallery, source }) => {
    const first = await noted(source);
    // Nobody who looks for the first time can have seen what is noted from here on.
    assert.ok(first.since > 0 && first.people.length === 0);
    assert.deepEqual(await noted(source), first);
    const cases: readonly (readonly [string, () => Promise<unknown>, readonly string[]])[] = [
      ['a name', () => gallery.apply([{ kind: 'put-person', person: { id: bob, name: 'B.' } }]), [bob]],
      [
        'a badge that moves',
        () => gallery.apply([{ kind: 'add-badge', badge: badgeId('badge-of-Bob'), person: ada }]),
        [bob, ada],
      ],
      ['a revoked badge', () => revokeAtRegistrar(tables, [], [badgeId('badge-of-Bob')], actsOfTest), [ada]],
      ['a revoked person', () => revokeAtRegistrar(tables, [bob], [], actsOfTest), [bob]],
      ['one who may come again', () => undoRevocation(tables, [bob], [], actsOfTest), [bob]],
      ['one who is removed', () => gallery.apply([{ kind: 'remove-person', person: ada }]), [ada]],
    ];
    for (const [what, change, people] of cases) {
      await change();
      const changed = await noted(source);
      assert.deepEqual([...changed.people].sort(), people, what);
      await source.published(changed.mark);
    }
    const { since, mark, people } = await noted(source);
    assert.deepEqual([since, people], [mark, []]);
    assert.equal(await source.snapshot(async ({ revokedThrough }) => revokedThrough), 3);
  });

  check('keeps a change that comes while an older one is published', async ({ gallery, source }) => {
    await noted(source);
    await gallery.apply([{ kind: 'put-person', person: { id: bob, name: 'B.' } }]);
    const before = await noted(source);
    await gallery.apply([{ kind: 'put-person', person: { id: bob, name: 'B. again' } }]);
    await source.published(before.mark);
    assert.deepEqual((await noted(source)).people, [bob]);
  });

  check('tells people in one order, without whom and what was revoked', async ({ tables, source }) => {
    assert.deepEqual(await ids(source), PUBLISHED);
    await revokeAtRegistrar(tables, [zoe], [badgeId('badge-of-ada')], actsOfTest);
    assert.deepEqual(await ids(source), PUBLISHED.slice(0, 2));
    const [, second] = await read(source, [ada, bob]);
    assert.deepEqual([second?.person.id, second?.badges], [ada, []]);
  });

  check('gives nothing of a face without consent', async ({ gallery, source }) => {
    await gallery.apply([{ kind: 'put-person', person: { id: bob, name: 'B.' } }]);
    assert.deepEqual((await read(source, [bob]))[0]?.templates, []);
    assert.equal((await read(source, [ada]))[0]?.templates.length, 1);
  });

  check('gives the same people as the same bytes', async ({ source }) => {
    const segment = encodeSegment(await source.snapshot((seen) => seen.read(seen.ids)));
    const text = Buffer.from(segment).toString('latin1');
    assert.ok(text.includes('badge-of-ada'));
    assert.equal(
      Buffer.from(segment).toString('base64'),
      Buffer.from(encodeSegment(EXPECTED)).toString('base64'),
    );
  });

  check('has no note of whom was erased', async ({ tables, source }) => {
    await noted(source);
    await revokeAtRegistrar(tables, [ada], [], actsOfTest);
    await tables.write((sql) => eraseIn(sql, [ada]));
    const { people } = await noted(source);
    assert.ok(people.length > 0 && !people.includes(ada), `${people}`);
    assert.deepEqual(await ids(source), ['Bob', 'zoe-of-old']);
  });

  check(
    'reads people and the newest revocation as of one moment, whatever is written in between',
    async ({ tables, gallery, source }) => {
      await noted(source);
      const seen = await source.snapshot(async (moment) => {
        await revokeAtRegistrar(tables, [bob], [badgeId('badge-of-ada')], actsOfTest);
        await gallery.apply([
          { kind: 'remove-person', person: zoe },
          { kind: 'put-person', person: { id: ada, name: 'A.' } },
        ]);
        const people = await moment.read(moment.ids);
        return { ...moment, people: people.map(({ person, badges }) => [person.id, person.name, ...badges]) };
      });
      assert.deepEqual(
        seen.people,
        PUBLISHED.map((id) => [id, `${id} Łukasz 張`, `badge-of-${id}`]),
      );
      assert.deepEqual([seen.revokedThrough, seen.changes.people], [0, []]);
      // All of it is in the next one, and noted.
      await source.published(seen.changes.mark);
      const next = await source.snapshot(async ({ ids: left, changes, revokedThrough }) => [
        left,
        [...changes.people].sort(),
        revokedThrough,
      ]);
      assert.deepEqual(next, [[ada], PUBLISHED, 1]);
    },
  );
}

type Source = Awaited<ReturnType<typeof openPublishSource>>;
const noted = (source: Source) => source.snapshot(async ({ changes }) => changes);
const ids = (source: Source) => source.snapshot(async ({ ids: all }) => all);
const read = (source: Source, people: readonly Person['id'][]) =>
  source.snapshot((seen) => seen.read(people));

const EXPECTED = [bob, ada, zoe].map((id) => {
  const [put, add] = enrolled(id, id === ada ? [1, 0] : id === bob ? [0, 1] : [-0.5, 0.25]);
  assert.ok(put?.kind === 'put-person' && add?.kind === 'add-template');
  const { person: _, ...template } = add.template;
  return { person: put.person, badges: [badgeId(`badge-of-${id}`)], templates: [template] };
});

async function partsOf(tables: Tables) {
  const gallery = await openGallery(tables, KEY);
  await gallery.apply(everybody);
  return { tables, gallery, source: await openPublishSource(tables, KEY) };
}
