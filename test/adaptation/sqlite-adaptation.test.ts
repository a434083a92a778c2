import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { LaneAdaptation } from '../../src/adaptation/adaptation-store.js';
import { noStatistics, withTrack } from '../../src/adaptation/camera-statistics.js';
import { noPassages } from '../../src/adaptation/passages.js';
import { openAdaptation } from '../../src/adaptation/sqlite-adaptation.js';
import { TwinstileError } from '../../src/base/errors.js';
import { laneId, modelDigest } from '../../src/base/ids.js';
import { wallTime } from '../../src/base/units.js';
import { openGallery } from '../../src/records/people/sql-gallery.js';
import { openDatabase } from '../../src/records/sql/sqlite/sqlite-database.js';
import { rotateKey } from '../../src/service/setup/rotate-gallery-key.js';
import { twin } from '../biometrics/head/sample.js';
import { scratchFolder } from '../records/sql/sqlite/scratch.js';

const freshFile = await scratchFolder();
const key = Buffer.alloc(32, 7);
const lane = laneId('north');
const head = twin(4, 3);
const { encoder } = head;
const sums = {
  statistics: withTrack(noStatistics(encoder, 4), [Float32Array.of(1, 2, 3, 4)]),
  day: '2026-11-25',
};
const used = { head, over: encoder, madeAt: wallTime(5), detail: 'better' };
const full: LaneAdaptation = {
  sums,
  used,
  before: { ...used, madeAt: wallTime(4) },
  candidate: { ...used, verdict: 'refused', passages: noPassages() },
  heldSince: wallTime(6),
};

async function opened() {
  const database = await openDatabase(':memory:');
  return { database, store: openAdaptation(database, key) };
}

test('keeps all parts of a lane, each as it was', async () => {
  const { store } = await opened();
  await store.change(lane, encoder, () => full);
  assert.deepEqual(await store.load(lane, encoder), full);
});

test('takes a part away when it is gone', async () => {
  const { store } = await opened();
  await store.change(lane, encoder, () => full);
  await store.change(lane, encoder, () => ({ sums }));
  assert.deepEqual(await store.load(lane, encoder), { sums });
});

test('lanes do not see each other, and encoders do not either', async () => {
  const { store } = await opened();
  await store.change(lane, encoder, () => full);
  assert.deepEqual(await store.load(laneId('south'), encoder), {});
  assert.deepEqual(await store.load(lane, modelDigest('f'.repeat(64))), {});
});

test('says when a head in use changes or passages moved a centre by a step, and only then', async () => {
  const { store } = await opened();
  const generations = [await store.generation()];
  for (const step of [
    (now: LaneAdaptation) => ({ ...now, sums }),
    (now: LaneAdaptation) => ({ ...now, sums: { ...sums, statistics: { ...sums.statistics } } }),
    (now: LaneAdaptation) => ({ ...now, used }),
    (now: LaneAdaptation) => now,
    ({ used: _, ...rest }: LaneAdaptation) => rest,
    ({ sums: _, ...rest }: LaneAdaptation) => rest,
  ]) {
    await store.change(lane, encoder, step);
    generations.push(await store.generation());
  }
  assert.deepEqual(generations, [0, 1, 1, 2, 2, 3, 4]);
});

test('nothing that was gathered can be read in the file', async () => {
  const file = freshFile();
  const database = await openDatabase(file);
  const mark = 1234.56789;
  const statistics = { ...sums.statistics, sum: Float64Array.of(mark, 0, 0, 0) };
  await openAdaptation(database, key).change(lane, encoder, () => ({ sums: { ...sums, statistics } }));
  await database.scrub();
  const bytes = await readFile(file);
  const plain = Buffer.alloc(8);
  plain.writeDoubleLE(mark);
  assert.equal(bytes.includes(plain), false);
  await database.close();
});

test('a new master key opens what the old one sealed, and the old one does not any more', async () => {
  const { database, store } = await opened();
  await (await openGallery(database, key)).close();
  await store.change(lane, encoder, () => full);
  const fresh = Buffer.alloc(32, 9);
  await rotateKey(database, key, fresh);
  assert.deepEqual(await openAdaptation(database, fresh).load(lane, encoder), full);
  await assert.rejects(store.load(lane, encoder), changed);
});

for (const [name, at, steps] of [
  ['was given to another lane', 'south', ["UPDATE adaptation SET lane = 'south'"]],
  [
    'was put in the place of another part',
    'north',
    [
      "DELETE FROM adaptation WHERE part = 'used'",
      "UPDATE adaptation SET part = 'used' WHERE part = 'before'",
    ],
  ],
  ['was written over', 'north', ["UPDATE adaptation SET sealed = x'00' WHERE part = 'sums'"]],
] as const) {
  test(`refuses what ${name}`, async () => {
    const { database, store } = await opened();
    await store.change(lane, encoder, () => full);
    await database.write(async (rows) => {
      for (const step of steps) await rows.run(step);
    });
    await assert.rejects(store.load(laneId(at), encoder), changed);
  });
}

const changed = (error: unknown): boolean =>
  error instanceof TwinstileError && error.code === 'gallery-unusable';
