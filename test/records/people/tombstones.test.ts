/** No badge that was ever anybody's here is ever a visitor's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { objectionToBadge } from '../../../src/access/admission.js';
import { badgeId, personId } from '../../../src/base/ids.js';
import { badgeKey } from '../../../src/base/names.js';
import { type WallTime, wallTime } from '../../../src/base/units.js';
import { openFleetGallery } from '../../../src/fleet/sqlite/fleet-gallery.js';
import { eraseIn } from '../../../src/records/erasure/erase-rows.js';
import type { GalleryStore } from '../../../src/records/people/gallery-store.js';
import { openGallery } from '../../../src/records/people/sql-gallery.js';
import { forgetTombstonesBefore } from '../../../src/records/people/tombstones.js';
import { type Database, openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { rotateKey } from '../../../src/service/setup/rotate-gallery-key.js';
import { actsOfTest } from '../../fixtures/acts.js';
import { holds } from '../../support/properties.js';

const KEY = Buffer.alloc(32, 7);

const PEOPLE = ['ada', 'bob', 'eve'].map(personId);
const CARDS = ['04A224B1', 'b-2', '0004711'];
const SPELLINGS = CARDS.flatMap((card) => [card, card.toLowerCase()]).concat('04:a2:24:b1', '04-A2-24-B1');

const someone = fc.constantFrom(...PEOPLE);
const card = fc.constantFrom(...SPELLINGS).map(badgeId);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('add' as const), card, person: someone }) },
  fc.record({ do: fc.constant('remove badge' as const), card }),
  fc.record({ do: fc.constant('remove person' as const), person: someone }),
  fc.record({ do: fc.constant('erase' as const), person: someone }),
  fc.record({ do: fc.constant('revoke' as const), card, person: someone }),
  fc.record({ do: fc.constant('sync' as const), people: fc.subarray(PEOPLE), card }),
  fc.record({ do: fc.constant('rotate' as const) }),
  fc.record({ do: fc.constant('release' as const), card }),
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

/** A box of a fleet, and what a model remembers: every card that was anybody's and was not released since. */
async function boxWith() {
  const database = await openDatabase(':memory:');
  let key = KEY;
  let serial = 0;
  let gallery = await openGallery(database, key);
  const held = new Set<string>();
  const take = async (one: Step): Promise<void> => {
    switch (one.do) {
      case 'add':
        await put(gallery, [one.person]);
        await gallery.apply([{ kind: 'add-badge', badge: one.card, person: one.person }]);
        held.add(badgeKey(one.card));
        return;
      case 'remove badge':
        return gallery.apply([{ kind: 'remove-badge', badge: one.card }]);
      case 'remove person':
        return gallery.apply([{ kind: 'remove-person', person: one.person }]);
      case 'erase':
        await database.write((sql) => eraseIn(sql, [one.person]));
        return;
      case 'revoke': {
        const fleet = await openFleetGallery(database, key, actsOfTest);
        serial += 1;
        await fleet.revoke({ serial, people: [one.person], badges: [one.card] });
        held.add(badgeKey(one.card));
        return;
      }
      case 'sync':
        return sync(database, key, ++serial, one);
      case 'rotate': {
        const fresh = Buffer.alloc(32, (key[0] ?? 0) + 1);
        await rotateKey(database, key, fresh);
        key = fresh;
        gallery = await openGallery(database, key);
        return;
      }
      case 'release': {
        // Refused while the badge is revoked.
        await gallery.apply([{ kind: 'release-badge', badge: one.card }]).catch(() => {});
        const { kind } = await gallery.standingOf(one.card);
        if (kind === 'foreign') held.delete(badgeKey(one.card));
        return;
      }
    }
  };
  return {
    database,
    take: async (one: Step) => {
      if (one.do === 'sync') for (const _ of one.people.slice(0, 1)) held.add(badgeKey(one.card));
      await take(one);
    },
    held,
    standingOf: (id: string) => gallery.standingOf(badgeId(id)),
  };
}

const put = (gallery: GalleryStore, people: readonly (typeof PEOPLE)[number][]) =>
  gallery.apply(people.map((id) => ({ kind: 'put-person', person: { id, name: id } })));

/** A published version with these people, the first of whom has the card. */
async function sync(
  database: Database,
  key: Uint8Array,
  serial: number,
  { people, card: badge }: Extract<Step, { do: 'sync' }>,
): Promise<void> {
  const fleet = await openFleetGallery(database, key, actsOfTest);
  const intake = await fleet.receive(0);
  try {
    const received = people.map((id, n) => ({
      person: { id, name: id },
      badges: n === 0 ? [badge] : [],
      templates: [],
      digest: `${serial}-${id}`,
    }));
    await intake.put(0, received);
    const trust = { pieces: new Map(), trustedVersions: {} as never, trustedTime: wallTime(serial) };
    await intake.apply({
      serial,
      manifest: `${serial}`,
      bits: 0,
      segmentIndexes: [],
      segments: new Map(),
      revokedThrough: serial,
      leftOut: [],
      trust,
    });
  } finally {
    await intake.close();
  }
}

test("no badge that was ever anybody's here is ever a visitor's", async (t) => {
  const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
    const box = await boxWith();
    try {
      for (const one of steps) {
        await box.take(one);
        for (const id of SPELLINGS) {
          const standing = await box.standingOf(id);
          const isKnown = box.held.has(badgeKey(id));
          assert.equal(standing.kind !== 'foreign', isKnown, `${id} is ${standing.kind} after ${one.do}`);
          if (isKnown && standing.kind !== 'held') assert.ok(objectionToBadge(standing) !== undefined);
        }
      }
    } finally {
      await box.database.close();
    }
  });
  await holds(t, property, { short: 40, long: 2_000 });
});

test('a badge of an older database, which has no tag yet, is known after it was taken away', async () => {
  const database = await openDatabase(':memory:');
  await database.write(async (sql) => {
    await sql.run(`INSERT INTO people (id, name, wrapped_key) VALUES ('ada', 'Ada', x'00')`);
    await sql.run(`INSERT INTO badges (id, person) VALUES ('04-a2-24-b1', 'ada')`);
  });
  const gallery = await openGallery(database, KEY);
  assert.equal((await gallery.standingOf(badgeId('04-a2-24-b1'))).kind, 'held');
  await gallery.apply([{ kind: 'remove-person', person: personId('ada') }]);
  assert.equal((await gallery.standingOf(badgeId('04A224B1'))).kind, 'removed');
  await database.close();
});

test('two people who had one card in two spellings are not merged, and neither is let in by it', async () => {
  const database = await openDatabase(':memory:');
  await database.write(async (sql) => {
    for (const [id, card] of [
      ['ada', '04a2'],
      ['Ada', '04A2'],
    ]) {
      await sql.run(`INSERT INTO people (id, name, wrapped_key) VALUES (?, 'x', x'00')`, id ?? '');
      await sql.run('INSERT INTO badges (id, person) VALUES (?, ?)', card ?? '', id ?? '');
    }
  });
  const gallery = await openGallery(database, KEY);
  const standing = await gallery.standingOf(badgeId('04a2'));
  assert.deepEqual(standing.kind === 'ambiguous' ? [...standing.people].sort() : [], ['Ada', 'ada']);
  assert.equal(await gallery.holderOf(badgeId('04A2')), undefined);
  assert.deepEqual(
    (await gallery.idClashes()).map((those) => those.map(({ id }) => id)),
    [['Ada', 'ada']],
  );
  // A legacy record can still be changed: to suspend somebody, say.
  await gallery.apply([
    { kind: 'put-person', person: { id: personId('ada'), name: 'x', groups: ['suspended'] } },
  ]);
  await database.close();
});

test('a tombstone tells whether the badge was revoked, names nobody, and goes after its days', async () => {
  const database = await openDatabase(':memory:');
  const gallery = await openGallery(database, KEY);
  const fleet = await openFleetGallery(database, KEY, { ...actsOfTest, now: () => wallTime(Date.now()) });
  await put(gallery, PEOPLE);
  await gallery.apply([
    { kind: 'add-badge', badge: badgeId('b-ada'), person: personId('ada') },
    { kind: 'add-badge', badge: badgeId('b-bob'), person: personId('bob') },
  ]);
  await fleet.revoke({ serial: 1, people: [personId('ada')], badges: [badgeId('b-never-here')] });
  const kinds = async () =>
    Promise.all(
      ['b-ada', 'b-bob', 'b-never-here'].map(async (id) => (await gallery.standingOf(badgeId(id))).kind),
    );
  assert.deepEqual(await kinds(), ['revoked', 'held', 'revoked']);
  await sync(database, KEY, 2, { do: 'sync', people: [], card: badgeId('x') });
  await gallery.apply([{ kind: 'remove-person', person: personId('ada') }]);
  await gallery.apply([{ kind: 'remove-badge', badge: badgeId('b-bob') }]);
  assert.deepEqual(await kinds(), ['removed', 'removed', 'revoked']);
  const rows = await database.read((sql) => sql.all('SELECT * FROM tombstones'));
  assert.doesNotMatch(JSON.stringify(rows), /ada|bob|b-/);
  const later = (days: number): WallTime => wallTime(Date.now() + days * 86_400_000);
  assert.equal(await database.write((sql) => forgetTombstonesBefore(sql, later(-1))), 0);
  assert.equal(await database.write((sql) => forgetTombstonesBefore(sql, later(1))), 3);
  assert.deepEqual(await kinds(), ['foreign', 'foreign', 'foreign']);
  await database.close();
});

/** A box where Ada has a badge and Bob's was taken away, on a flash card that loses bits. */
async function worn(damage: string) {
  const database = await openDatabase(':memory:');
  const before = await openGallery(database, KEY);
  await put(before, [personId('ada'), personId('bob')]);
  await before.apply([
    { kind: 'add-badge', badge: badgeId('b-1'), person: personId('ada') },
    { kind: 'add-badge', badge: badgeId('b-2'), person: personId('bob') },
    { kind: 'remove-badge', badge: badgeId('b-2') },
  ]);
  await database.write((sql) => sql.run(damage));
  return { database, open: (key = KEY) => openGallery(database, key) };
}

const DAMAGED = `UPDATE tombstone_state SET wrapped_key = zeroblob(length(wrapped_key))`;

test('a damaged key of the tombstones keeps no box from starting, and lets in nobody as a visitor who was somebody here', async () => {
  const { database, open } = await worn(DAMAGED);
  const gallery = await open();
  assert.equal((await gallery.standingOf(badgeId('B-1'))).kind, 'held');
  assert.equal((await gallery.standingOf(badgeId('b-2'))).kind, 'removed');
  assert.equal((await gallery.standingOf(badgeId('never-seen'))).kind, 'removed', 'it cannot be told');
  const notice = await database.read((sql) =>
    sql.one<{ body: string }>(`SELECT body FROM journal WHERE kind = 'notice'`),
  );
  assert.match(notice?.body ?? '', /"notice":"tombstones-unreadable","tombstones":1/);
  // What is taken away from now on is told again, and after their days the unreadable ones are gone.
  await gallery.apply([{ kind: 'remove-badge', badge: badgeId('b-1') }]);
  await database.write((sql) => sql.run('DELETE FROM tombstones WHERE length(tag) > 32'));
  const later = await open();
  assert.equal((await later.standingOf(badgeId('b-1'))).kind, 'removed');
  assert.equal((await later.standingOf(badgeId('never-seen'))).kind, 'foreign');
});

test('a wrong gallery key replaces no key of the tombstones', async () => {
  const { database, open } = await worn(DAMAGED);
  await assert.rejects(open(Buffer.alloc(32, 9)), { code: 'gallery-locked' });
  const tags = await database.read((sql) => sql.all<{ tag: Uint8Array }>('SELECT tag FROM tombstones'));
  assert.deepEqual(
    tags.map(({ tag }) => tag.length),
    [32],
  );
});

test('a damaged key of the tombstones keeps no one from rotating the gallery key', async () => {
  const { database, open } = await worn(DAMAGED);
  const fresh = Buffer.alloc(32, 8);
  await rotateKey(database, KEY, fresh);
  assert.equal((await (await open(fresh)).standingOf(badgeId('b-2'))).kind, 'removed');
});

test('a badge whose tag is damaged is still its holder’s, and can be taken away', async () => {
  const { open } = await worn(`UPDATE badges SET tag = zeroblob(32)`);
  const gallery = await open();
  assert.equal((await gallery.standingOf(badgeId('B-1'))).kind, 'held');
  await gallery.apply([{ kind: 'remove-badge', badge: badgeId('b-1') }]);
  assert.equal((await gallery.list()).flatMap(({ badges }) => badges).length, 0);
  assert.equal((await gallery.standingOf(badgeId('b-1'))).kind, 'removed');
});

test('a damaged check of the gallery key does not make the right key a wrong one, nor a wrong one right', async () => {
  const { database, open } = await worn(`UPDATE gallery_state SET key_check = zeroblob(length(key_check))`);
  await assert.rejects(open(Buffer.alloc(32, 9)), { code: 'gallery-locked' });
  assert.equal((await (await open()).standingOf(badgeId('b-1'))).kind, 'held');
  await database.write((sql) => sql.run(`UPDATE people SET wrapped_key = zeroblob(60) WHERE id = 'ada'`));
  await rotateKey(database, KEY, Buffer.alloc(32, 8));
  await assert.rejects(open(), { code: 'gallery-locked' });
});
