/** What every GalleryStore does, whatever it is made of. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { badgeId, modelDigest, personId } from '../../src/base/ids.js';
import { wallTime } from '../../src/base/units.js';
import {
  type CaptureCondition,
  PHOTO,
  UNKNOWN_CONDITION,
} from '../../src/biometrics/conditions/capture-condition.js';
import type { GalleryStore } from '../../src/records/people/gallery-store.js';
import type { GalleryChange, Person } from '../../src/records/people/person.js';
import { sameFields } from '../support/same-fields.js';

const HERE = 'camera/0000000000000001/color' as CaptureCondition;
const digest = modelDigest('d'.repeat(64));
const otherDigest = modelDigest('e'.repeat(64));
const consent = { textVersion: '2026-1', givenAt: wallTime(1_790_000_000_000) };
const ada: Person = { id: personId('ada'), name: 'Ada Lovelace', consent };
const bob: Person = { id: personId('bob'), name: 'Bob', consent };
const put = (person: Person) => ({ kind: 'put-person', person }) as const;
const template = (person: Person, source: string, values: readonly number[], of = digest): GalleryChange => ({
  kind: 'add-template',
  template: {
    person: person.id,
    digest: of,
    source: source.repeat(64),
    vector: Float32Array.from(values),
    createdAt: wallTime(1_790_000_000_001),
  },
});
const badge = (person: Person, id: string) =>
  ({ kind: 'add-badge', person: person.id, badge: badgeId(id) }) as const;
const rowsOf = async (store: GalleryStore) => {
  const { owners, matrix, dimension } = await store.snapshot(digest, 2);
  return owners
    .map((owner, row) => [owner, ...matrix.subarray(row * dimension, (row + 1) * dimension)].join(' '))
    .sort();
};

/** @param open a new empty store for each test, closed by the suite. */
export function galleryStoreContract(name: string, open: () => Promise<GalleryStore>): void {
  const check = (what: string, body: (store: GalleryStore) => Promise<void>) =>
    test(`${name}: ${what}`, async () => {
      const store = await open();
      try {
        await body(store);
      } finally {
        await store.close();
      }
    });

  check('is empty at first, at version 0', async (store) => {
    assert.equal(await store.version(), 0);
    sameFields(await store.list(), []);
    sameFields((await store.snapshot(digest, 2)).owners, []);
    assert.equal(await store.find(ada.id), undefined);
  });

  check('gives back what was put in', async (store) => {
    const whole: Person = {
      ...ada,
      validFrom: wallTime(1000),
      validUntil: wallTime(2000),
      groups: ['staff', 'cleaners'],
    };
    await store.apply([
      put(whole),
      badge(ada, 'b2'),
      badge(ada, 'b1'),
      template(ada, '1', [1, 2]),
      template(ada, '2', [3, 4]),
    ]);
    const found = await store.find(ada.id);
    sameFields(found?.person, whole);
    sameFields(found?.badges, ['b1', 'b2']);
    sameFields(
      found?.templates.map(({ digest: of, source }) => [of, source[0]]),
      [
        [digest, '1'],
        [digest, '2'],
      ],
    );
    sameFields(await store.list(), [found]);
    sameFields(await rowsOf(store), ['ada 1 2', 'ada 3 4']);
    sameFields(
      (await store.vectors(ada.id)).map(({ vector }) => [...vector]),
      [
        [1, 2],
        [3, 4],
      ],
    );
  });

  check('counts its version up by one for each list of changes', async (store) => {
    await store.apply([put(ada), put(bob)]);
    assert.equal(await store.version(), 1);
    await store.apply([]);
    assert.equal(await store.version(), 1);
    await store.apply([template(ada, '1', [1, 2])]);
    assert.equal(await store.version(), 2);
    assert.equal((await store.snapshot(digest, 2)).version, 2);
  });

  for (const [what, stray] of [
    ['template', template(bob, '1', [1, 2])],
    ['badge', badge(bob, 'b1')],
  ] as const)
    check(`applies nothing of a list that has a ${what} for nobody`, async (store) => {
      await assert.rejects(store.apply([put(ada), stray]), { code: 'person-unknown' });
      sameFields(await store.list(), []);
      assert.equal(await store.version(), 0);
    });

  check('matches nobody without consent, and again once it is given', async (store) => {
    const { consent: _, ...silent } = ada;
    await store.apply([put(silent), template(ada, '1', [1, 2])]);
    sameFields(await rowsOf(store), []);
    await store.apply([put(ada)]);
    sameFields(await rowsOf(store), ['ada 1 2']);
    await store.apply([put(silent)]);
    sameFields(await rowsOf(store), []);
    assert.equal((await store.find(ada.id))?.templates.length, 1);
  });

  check('keeps vectors of different encoders apart', async (store) => {
    await store.apply([put(ada), template(ada, '1', [1, 2]), template(ada, '1', [5, 6, 7], otherDigest)]);
    sameFields(await rowsOf(store), ['ada 1 2']);
    const other = await store.snapshot(otherDigest, 3);
    sameFields([...other.matrix], [5, 6, 7]);
    assert.equal(other.people.get(ada.id)?.name, 'Ada Lovelace');
  });

  check('takes the same photo of the same person once', async (store) => {
    await store.apply([put(ada), template(ada, '1', [1, 2])]);
    await store.apply([template(ada, '1', [3, 4])]);
    sameFields(await rowsOf(store), ['ada 3 4']);
    const sources = ['1', '2'].map((each) => each.repeat(64));
    sameFields([...(await store.sourcesEncoded(digest, sources))], ['1'.repeat(64)]);
    sameFields([...(await store.sourcesEncoded(otherDigest, sources))], []);
  });

  check('forgets a removed person with badges and templates', async (store) => {
    await store.apply([
      put(ada),
      put(bob),
      badge(ada, 'b1'),
      template(ada, '1', [1, 2]),
      template(bob, '2', [3, 4]),
    ]);
    await store.apply([{ kind: 'remove-person', person: ada.id }]);
    assert.equal(await store.find(ada.id), undefined);
    assert.equal(await store.holderOf(badgeId('b1')), undefined);
    sameFields(await store.vectors(ada.id), []);
    sameFields(await rowsOf(store), ['bob 3 4']);
    await store.apply([put(ada)]);
    sameFields(await rowsOf(store), ['bob 3 4']);
    await store.apply([{ kind: 'remove-person', person: personId('nobody') }]);
  });

  check('knows the holder of a badge, and only one', async (store) => {
    await store.apply([put(ada), put(bob), badge(ada, 'b1'), badge(ada, 'b2')]);
    await store.apply([badge(bob, 'b1'), { kind: 'remove-badge', badge: badgeId('b2') }]);
    assert.equal(await store.holderOf(badgeId('b1')), bob.id);
    assert.equal(await store.holderOf(badgeId('b2')), undefined);
    sameFields((await store.find(ada.id))?.badges, []);
  });

  check('knows a badge in every spelling, and has one row of it', async (store) => {
    await store.apply([put(ada), put(bob), badge(ada, '04a224b1')]);
    for (const spelling of ['04a224b1', '04A224B1', '04:A2:24:B1', '04-a2-24-b1'])
      sameFields(await store.standingOf(badgeId(spelling)), {
        kind: 'held',
        badge: '04a224b1',
        person: ada.id,
      });
    await assert.rejects(store.apply([{ ...badge(bob, '04A224B1'), from: null }]), {
      code: 'gallery-changed',
    });
    await store.apply([{ ...badge(bob, '04A224B1'), from: ada.id }]);
    sameFields((await store.find(ada.id))?.badges, []);
    sameFields((await store.find(bob.id))?.badges, ['04A224B1']);
    await store.apply([{ kind: 'remove-badge', badge: badgeId('04a224b1') }]);
    sameFields((await store.find(bob.id))?.badges, []);
  });

  check(
    'knows a badge that was anybody’s, however it was taken away, until it is released',
    async (store) => {
      const kind = async (id: string) => (await store.standingOf(badgeId(id))).kind;
      assert.equal(await kind('04A224B1'), 'foreign');
      await store.apply([put(ada), put(bob), badge(ada, '04A224B1'), badge(bob, 'b2')]);
      await store.apply([
        { kind: 'remove-person', person: ada.id },
        { kind: 'remove-badge', badge: badgeId('b2') },
      ]);
      assert.equal(await kind('04a224b1'), 'removed');
      assert.equal(await kind('b2'), 'removed');
      assert.equal(await kind('b3'), 'foreign');
      await store.apply([badge(bob, 'b2')]);
      assert.equal(await kind('b2'), 'held');
      await store.apply([{ kind: 'release-badge', badge: badgeId('b2') }]);
      assert.equal(await kind('b2'), 'held');
      await store.apply([{ kind: 'release-badge', badge: badgeId('04:a2:24:b1') }]);
      assert.equal(await kind('04A224B1'), 'foreign');
    },
  );

  check('refuses an id that means the same as another person’s', async (store) => {
    await store.apply([put(ada)]);
    for (const id of ['Ada', 'ADA'])
      await assert.rejects(store.apply([put({ ...ada, id: personId(id) })]), { code: 'enrolment-refused' });
    await store.apply([put({ ...ada, name: 'Ada King' })]);
    assert.equal((await store.list()).length, 1);
  });

  check('refuses what no box of a fleet would take, and applies nothing of it', async (store) => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => i);
    for (const changes of [
      [put({ ...ada, name: 'Ada\nbob' })],
      [put({ ...ada, name: 'x'.repeat(257) })],
      [put({ ...ada, consent: { ...consent, textVersion: '' } })],
      [put(ada), ...many(33).map((i) => badge(ada, `b${i}`))],
      [
        put(ada),
        ...many(101).map((i): GalleryChange => {
          const change = template(ada, '1', [1, 2]);
          if (change.kind !== 'add-template') return change;
          return { ...change, template: { ...change.template, source: `${i}`.padStart(64, '0') } };
        }),
      ],
    ])
      await assert.rejects(store.apply(changes), { code: 'enrolment-refused' });
    sameFields(await store.list(), []);
  });

  check('changes a person only as long as it is the one that was seen', async (store) => {
    await store.apply([{ ...put(ada), over: null }]);
    const renamed: Person = { ...ada, name: 'Ada King', groups: ['staff'] };
    await store.apply([{ ...put(renamed), over: ada }]);
    for (const over of [null, ada, { ...renamed, groups: ['cleaners'] }])
      await assert.rejects(store.apply([put(bob), { ...put(ada), over }]), { code: 'gallery-changed' });
    await assert.rejects(store.apply([{ ...put(bob), over: bob }]), { code: 'gallery-changed' });
    sameFields(
      (await store.list()).map(({ person }) => person),
      [renamed],
    );
    assert.equal(await store.version(), 2);
  });

  check('gives a badge only as long as it is with whom it was seen', async (store) => {
    await store.apply([put(ada), put(bob), { ...badge(ada, 'b1'), from: null }]);
    for (const from of [null, bob.id, personId('eve')])
      await assert.rejects(store.apply([{ ...badge(bob, 'b1'), from }]), { code: 'gallery-changed' });
    await store.apply([{ ...badge(ada, 'b1'), from: null }]);
    assert.equal(await store.holderOf(badgeId('b1')), ada.id);
    await store.apply([{ ...badge(bob, 'b1'), from: ada.id }]);
    assert.equal(await store.holderOf(badgeId('b1')), bob.id);
  });

  check('keeps the changes of concurrent callers apart', async (store) => {
    const stray = template({ ...bob, id: personId('nobody') }, '1', [0, 0]);
    const results = await Promise.allSettled(
      Array.from({ length: 30 }, (_, n) =>
        store.apply([put({ ...ada, id: personId(`p${n}`) }), ...(n % 3 === 0 ? [stray] : [])]),
      ),
    );
    sameFields(
      results.map(({ status }) => status === 'rejected'),
      results.map((_, n) => n % 3 === 0),
    );
    sameFields(
      (await store.list()).map(({ person }) => person.id).sort(),
      Array.from({ length: 30 }, (_, n) => n)
        .filter((n) => n % 3 !== 0)
        .map((n) => `p${n}`)
        .sort(),
    );
    assert.equal(await store.version(), 20);
  });

  check('keeps where each face was captured, and knows nothing where nothing was said', async (store) => {
    const captured = (person: Person, source: string, condition?: CaptureCondition): GalleryChange => {
      const change = template(person, source, [1, 2]);
      assert.ok(change.kind === 'add-template');
      return { ...change, template: { ...change.template, condition } };
    };
    const conditions = async () => {
      const { owners, conditions: all } = await store.snapshot(digest, 2);
      return owners.map((owner, row) => `${owner} ${all[row]}`).sort();
    };
    await store.apply([put(ada), put(bob), captured(ada, 'a'), captured(ada, 'b', HERE), captured(bob, 'c')]);
    assert.deepEqual(await conditions(), [`ada ${HERE}`, 'ada unknown', 'bob unknown']);
    const listed = (await store.find(ada.id))?.templates.map(({ condition }) => condition);
    assert.deepEqual([...(listed ?? [])].sort(), [HERE, 'unknown'].sort());
    const change = { kind: 'set-condition', person: ada.id, condition: PHOTO } as const;
    await store.apply([{ ...change, instead: [UNKNOWN_CONDITION] }]);
    assert.deepEqual(await conditions(), [`ada ${HERE}`, 'ada photo', 'bob unknown']);
    await store.apply([{ ...change, condition: HERE, instead: [PHOTO, UNKNOWN_CONDITION] }]);
    assert.deepEqual(await conditions(), [`ada ${HERE}`, `ada ${HERE}`, 'bob unknown']);
    await store.apply([captured(ada, 'b', PHOTO)]);
    assert.deepEqual(await conditions(), [`ada ${HERE}`, 'ada photo', 'bob unknown']);
  });

  check('hands out a snapshot that later changes do not touch', async (store) => {
    await store.apply([put(ada), template(ada, '1', [1, 2])]);
    const before = await store.snapshot(digest, 2);
    await store.apply([{ kind: 'remove-person', person: ada.id }]);
    sameFields(before.owners, [ada.id]);
    sameFields([...before.matrix], [1, 2]);
  });

  check('refuses a snapshot of another dimension than its templates have', async (store) => {
    await store.apply([put(ada), template(ada, '1', [1, 2])]);
    await assert.rejects(store.snapshot(digest, 3), { code: 'gallery-unusable' });
  });
}

export function closedGalleryContract(name: string, open: () => Promise<GalleryStore>): void {
  test(`${name}: answers nothing after it was closed`, async () => {
    const store = await open();
    await store.close();
    await assert.rejects(store.version(), { code: 'stopped' });
    await assert.rejects(async () => store.apply([put(ada)]), { code: 'stopped' });
    await assert.rejects(async () => store.snapshot(digest, 2), { code: 'stopped' });
  });
}

/** @param open two stores on one new database, as two offices have them. */
export function sharedGalleryContract(
  name: string,
  open: () => Promise<readonly [GalleryStore, GalleryStore]>,
): void {
  test(`${name}: of two offices that give one badge to two people, one is told that the other was quicker`, async () => {
    const [north, south] = await open();
    await north.apply([put(ada), put(bob)]);
    const results = await Promise.allSettled([
      north.apply([{ ...badge(ada, 'b1'), from: null }]),
      south.apply([{ ...badge(bob, 'b1'), from: null }]),
    ]);
    const lost = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    assert.equal(lost.length, 1);
    assert.equal(lost[0].code, 'gallery-changed');
    const holder = await south.holderOf(badgeId('b1'));
    assert.equal(holder, results[0]?.status === 'fulfilled' ? ada.id : bob.id);
  });

  test(`${name}: two offices that enroll at the same moment lose nothing of each other`, async () => {
    const stores = await open();
    const people = Array.from({ length: 40 }, (_, n) => personId(`p${String(n).padStart(2, '0')}`));
    await Promise.all(
      people.map((id, n) => {
        const person = { ...ada, id };
        return stores[n % 2 === 0 ? 0 : 1].apply([
          { ...put(person), over: null },
          template(person, `${n % 10}`, [n, 1]),
          badge(person, `b-${id}`),
        ]);
      }),
    );
    const [north, south] = stores;
    sameFields(
      (await south.list()).map(({ person, badges, templates }) => [person.id, badges, templates.length]),
      people.map((id) => [id, [`b-${id}`], 1]),
    );
    sameFields([await north.version(), await south.version()], [40, 40]);
  });

  test(`${name}: of two offices that change one person, the second is told to look again`, async () => {
    const [north, south] = await open();
    await north.apply([put(ada)]);
    const seen = (await south.find(ada.id))?.person ?? null;
    await north.apply([{ ...put({ ...ada, groups: ['staff'] }), over: ada }]);
    await assert.rejects(south.apply([{ ...put({ ...ada, name: 'A.' }), over: seen }]), {
      code: 'gallery-changed',
      hint: /run the same command again/,
    });
    sameFields((await south.find(ada.id))?.person, { ...ada, groups: ['staff'] });
  });
}
