import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { badgeId, modelDigest, personId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import type { GalleryUpdate, StoredTrust } from '../../../src/fleet/fleet-ports.js';
import type { ReceivedPerson } from '../../../src/fleet/segments/segment.js';
import { openFleetGallery } from '../../../src/fleet/sqlite/fleet-gallery.js';
import { NO_TRUSTED_VERSIONS } from '../../../src/fleet/tuf/trusted-versions.js';
import { hashSlotOf, shardAt } from '../../../src/records/people/shard.js';
import { openGallery } from '../../../src/records/people/sql-gallery.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../../src/records/sql/sqlite/sqlite-journal.js';
import { actsOfTest } from '../../fixtures/acts.js';
import { scratchFolder } from '../../records/sql/sqlite/scratch.js';

const KEY = Buffer.alloc(32, 5);
const DIGEST = modelDigest('d'.repeat(64));
const BITS = 10;
const newFile = await scratchFolder();
const trust: StoredTrust = {
  pieces: new Map(),
  trustedVersions: NO_TRUSTED_VERSIONS,
  trustedTime: wallTime(0),
};
const update = (serial: number): GalleryUpdate => ({
  serial,
  manifest: `${serial}`.padStart(64, '0'),
  bits: BITS,
  segmentIndexes: [],
  segments: new Map(),
  revokedThrough: 0,
  trust,
  leftOut: [],
});

const received = (id: string, name = id): ReceivedPerson => ({
  person: { id: personId(id), name, consent: { textVersion: '1', givenAt: wallTime(1) } },
  badges: [badgeId(`b-${id}`)],
  templates: [
    {
      digest: DIGEST,
      source: id.padStart(64, '0'),
      createdAt: wallTime(1),
      vector: new Float32Array(4).fill(0.5),
    },
  ],
  digest: createHash('sha256').update(`${id} ${name}`).digest('hex'),
});

/** By bucket, as segments bring them. */
function bucketsOf(people: readonly ReceivedPerson[]): ReadonlyMap<number, readonly ReceivedPerson[]> {
  const buckets = new Map<number, ReceivedPerson[]>();
  for (const one of people) {
    const bucket = shardAt(hashSlotOf(one.person.id), BITS);
    buckets.set(bucket, [...(buckets.get(bucket) ?? []), one]);
  }
  return buckets;
}

async function box() {
  const file = newFile();
  const database = await openDatabase(file);
  const gallery = await openGallery(database, KEY);
  const fleet = await openFleetGallery(database, KEY, actsOfTest);
  return {
    file,
    fleet,
    database,
    names: async () => (await gallery.list()).map(({ person }) => `${person.id} ${person.name}`),
    version: () => gallery.version(),
    snapshot: () => gallery.snapshot(DIGEST, 4),
    close: async () => {
      await gallery.close();
      await database.close();
    },
  };
}

const many = (count: number, name?: string) =>
  Array.from({ length: count }, (_, i) => received(`p${i}`, name));

test('nobody sees who was put before all of them are applied', async () => {
  const here = await box();
  const intake = await here.fleet.receive(BITS);
  for (const [bucket, people] of bucketsOf(many(1200))) await intake.put(bucket, people);
  assert.deepEqual(await here.names(), []);
  assert.equal((await here.snapshot()).owners.length, 0);
  assert.deepEqual(await intake.apply(update(1)), { put: 1200, removed: 0, leftOut: [] });
  assert.equal((await here.names()).length, 1200);
  assert.equal((await here.snapshot()).owners.length, 1200);
  await intake.close();
  await here.close();
});

test('decisions are written down by others while a gallery is put', async () => {
  const here = await box();
  const other = await openDatabase(here.file);
  const journal = openJournal(other);
  const intake = await here.fleet.receive(BITS);
  let written = 0;
  for (const [bucket, people] of bucketsOf(many(1200))) {
    await intake.put(bucket, people);
    if (bucket % 100 === 0) {
      await journal.append({ kind: 'decision', subject: `d${bucket}`, at: wallTime(1), body: {} });
      written += 1;
    }
  }
  await intake.apply(update(1));
  await intake.close();
  assert.ok(written > 5);
  assert.equal((await here.names()).length, 1200);
  await other.close();
  await here.close();
});

test('what was put and not applied is gone, and there is room for another', async () => {
  const here = await box();
  for (let cycle = 0; cycle < 3; cycle += 1) {
    const intake = await here.fleet.receive(BITS);
    for (const [bucket, people] of bucketsOf(many(600))) await intake.put(bucket, people);
    await intake.close();
  }
  assert.deepEqual(await here.names(), []);
  const intake = await here.fleet.receive(BITS);
  for (const [bucket, people] of bucketsOf(many(3))) await intake.put(bucket, people);
  assert.deepEqual(await intake.apply(update(1)), { put: 3, removed: 0, leftOut: [] });
  await intake.close();
  await here.close();
});

test('a gallery that another process applied meanwhile is not written over', async () => {
  const here = await box();
  const other = await openDatabase(here.file);
  const theirs = await openFleetGallery(other, KEY, actsOfTest);
  const [late, quick] = [await here.fleet.receive(BITS), await theirs.receive(BITS)];
  for (const [bucket, people] of bucketsOf(many(5, 'late'))) await late.put(bucket, people);
  for (const [bucket, people] of bucketsOf(many(5, 'quick'))) await quick.put(bucket, people);
  await quick.apply(update(2));
  await quick.close();
  await assert.rejects(late.apply(update(1)), /the gallery that was here when the cycle began/);
  await late.close();
  assert.deepEqual([...new Set((await here.names()).map((line) => line.split(' ')[1]))], ['quick']);
  assert.equal((await here.fleet.applied())?.serial, 2);
  await other.close();
  await here.close();
});

for (const [what, count] of [
  ['few', 10],
  ['many', 900],
] as const)
  test(`of ${what} buckets those who are gone go, those who are the same are not written again`, async () => {
    const here = await box();
    const all = many(count);
    const first = await here.fleet.receive(BITS);
    for (const [bucket, people] of bucketsOf(all)) await first.put(bucket, people);
    await first.apply(update(1));
    await first.close();
    const version = await here.version();
    const second = await here.fleet.receive(BITS);
    const left = all
      .filter(({ person }) => person.id !== 'p3')
      .map((one) => (one.person.id === 'p4' ? received('p4', 'renamed') : one));
    const before = bucketsOf(all);
    const after = bucketsOf(left);
    for (const bucket of before.keys()) await second.put(bucket, after.get(bucket) ?? []);
    assert.deepEqual(await second.apply(update(2)), { put: 1, removed: 1, leftOut: [] });
    await second.close();
    const names = await here.names();
    assert.equal(names.length, count - 1);
    assert.ok(names.includes('p4 renamed') && !names.some((line) => line.startsWith('p3 ')));
    assert.equal(await here.version(), version + 1);
    await here.close();
  });
