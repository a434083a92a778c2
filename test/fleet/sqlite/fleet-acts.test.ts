/** What a box takes over from its fleet is in its journal: with the change or not at all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { badgeId, personId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import type { FleetGallery, LeftOut } from '../../../src/fleet/fleet-ports.js';
import { openFleetGallery } from '../../../src/fleet/sqlite/fleet-gallery.js';
import { NO_TRUSTED_VERSIONS } from '../../../src/fleet/tuf/trusted-versions.js';
import { THE_BOX } from '../../../src/records/journal/act.js';
import { type Database, openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../../src/records/sql/sqlite/sqlite-journal.js';
import { holds } from '../../support/properties.js';

const KEY = Buffer.alloc(32, 5);
const boxActs = { actor: THE_BOX, now: () => wallTime(7000) };

const actsIn = async (database: Database) =>
  (await openJournal(database).list({ limit: 1000, kind: 'act' })).map(({ body }) => body).reverse();

/** @param people ids and their names. @param revokedThrough it has everything that was revoked up to here. */
async function sync(
  fleet: FleetGallery,
  serial: number,
  people: Readonly<Record<string, string>>,
  { leftOut = [], revokedThrough = 0 }: { leftOut?: readonly LeftOut[]; revokedThrough?: number } = {},
): Promise<void> {
  const intake = await fleet.receive(0);
  try {
    await intake.put(
      0,
      Object.entries(people).map(([id, name]) => ({
        person: { id: personId(id), name },
        badges: [badgeId(`b-${id}`)],
        templates: [],
        digest: `${id} ${name}`,
      })),
    );
    await intake.apply({
      serial,
      manifest: `${serial}`,
      bits: 0,
      segmentIndexes: [],
      segments: new Map(),
      revokedThrough,
      leftOut,
      trust: { pieces: new Map(), trustedVersions: NO_TRUSTED_VERSIONS, trustedTime: wallTime(serial) },
    });
  } finally {
    await intake.close();
  }
}

async function box(t: { after(work: () => Promise<void>): void }) {
  const database = await openDatabase(':memory:');
  t.after(() => database.close());
  return { database, fleet: await openFleetGallery(database, KEY, boxActs) };
}

test('what a box takes over by sync is one row with the version and counts, and nobody’s name or id', async (t) => {
  const { database, fleet } = await box(t);
  await sync(fleet, 1, { ada: 'Ada', bob: 'Bob', eve: 'Eve' });
  await sync(fleet, 2, { ada: 'Ada L.', bob: 'Bob', joe: 'Joe' });
  const row = { act: 'gallery-synced', by: 'box', left_out: 0 };
  assert.deepEqual(await actsIn(database), [
    { ...row, serial: 1, added: 3, changed: 0, removed: 0 },
    { ...row, serial: 2, added: 1, changed: 1, removed: 1 },
  ]);
  const rows = await database.read((sql) => sql.all(`SELECT * FROM journal WHERE kind = 'act'`));
  assert.doesNotMatch(JSON.stringify(rows), /ada|bob|eve|joe|L\./i);
  assert.equal((await openJournal(database).verify()).firstBroken, undefined);
});

test('a version that changes nobody here is no row; one that leaves somebody out is', async (t) => {
  const { database, fleet } = await box(t);
  await sync(fleet, 1, { ada: 'Ada' });
  await sync(fleet, 2, { ada: 'Ada' });
  assert.equal((await actsIn(database)).length, 1);
  const leftOut: readonly LeftOut[] = [{ kind: 'person', bucket: 0, why: 'Expected a name, got none' }];
  await sync(fleet, 3, { ada: 'Ada' }, { leftOut });
  await sync(fleet, 4, { ada: 'Ada' }, { leftOut });
  await sync(fleet, 5, { ada: 'Ada' });
  const told = (await actsIn(database)).map(({ serial, left_out }) => [serial, left_out]);
  assert.deepEqual(told, [
    [1, 0],
    [3, 1],
    [5, 0],
  ]);
});

test('a revocation that reaches a box is a row for each person and badge, once', async (t) => {
  const { database, fleet } = await box(t);
  await sync(fleet, 1, { ada: 'Ada' });
  const revocation = { serial: 4, people: [personId('ada')], badges: [badgeId('b-bob')] };
  assert.equal(await fleet.revoke(revocation), true);
  assert.equal(await fleet.revoke(revocation), false);
  assert.deepEqual((await actsIn(database)).slice(1), [
    { act: 'revoked', by: 'box', serial: 4, person: 'ada' },
    { act: 'revoked', by: 'box', serial: 4, badge: 'b-bob' },
  ]);
  // Kept apart, so that an erasure meets it.
  const rows = await database.read((sql) => sql.all(`SELECT body FROM journal WHERE kind = 'act'`));
  assert.doesNotMatch(JSON.stringify(rows), /ada|bob/);
});

test('neither is there without the other: a journal that cannot be written takes nothing over', async (t) => {
  const { database, fleet } = await box(t);
  await sync(fleet, 1, { ada: 'Ada', bob: 'Bob' });
  await database.script(
    `CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'disk full'); END`,
  );
  await assert.rejects(sync(fleet, 2, { ada: 'Ada' }));
  await assert.rejects(fleet.revoke({ serial: 4, people: [personId('ada')], badges: [] }));
  const here = await database.read(async (sql) => ({
    people: await sql.all('SELECT id FROM people ORDER BY id'),
    revoked: await sql.all('SELECT id FROM revoked'),
    serial: (await sql.one<{ serial: number }>('SELECT serial FROM fleet_state'))?.serial,
  }));
  assert.deepEqual(here, { people: [{ id: 'ada' }, { id: 'bob' }], revoked: [], serial: 1 });
});

test('the rows of any list of versions add up to who is here', async (t) => {
  const names = fc.constantFrom('Ada', 'Bob', 'Eve');
  const version = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), names);
  await holds(
    t,
    fc.asyncProperty(fc.array(version, { minLength: 1, maxLength: 6 }), async (versions) => {
      const database = await openDatabase(':memory:');
      try {
        const fleet = await openFleetGallery(database, KEY, boxActs);
        for (const [n, people] of versions.entries()) {
          const before = (await actsIn(database)).length;
          const last = versions[n - 1] ?? {};
          await sync(fleet, n + 1, people);
          const isOther =
            JSON.stringify(Object.entries(last).sort()) !== JSON.stringify(Object.entries(people).sort());
          assert.equal((await actsIn(database)).length - before, isOther ? 1 : 0);
        }
        const sum = (await actsIn(database)).reduce(
          (here, { added, removed }) => here + Number(added) - Number(removed),
          0,
        );
        assert.equal(sum, Object.keys(versions.at(-1) ?? {}).length);
      } finally {
        await database.close();
      }
    }),
    { short: 40, long: 2_000 },
  );
});
