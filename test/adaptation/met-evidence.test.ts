import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openImpostorStore } from '../../src/adaptation/impostor-store.js';
import { createMetEvidence } from '../../src/adaptation/met-evidence.js';
import { laneId, personId, siteId } from '../../src/base/ids.js';
import { normal, randomFrom } from '../../src/base/random.js';
import { wallTime } from '../../src/base/units.js';
import {
  type CaptureCondition,
  cameraCondition,
  PHOTO,
} from '../../src/biometrics/conditions/capture-condition.js';
import { comparisonOf } from '../../src/biometrics/head/comparison.js';
import { digestOf } from '../../src/biometrics/model-card.js';
import {
  type GalleryThrough,
  galleryFor,
  type MetCounts,
  prepareGallery,
} from '../../src/lane/gallery-through.js';
import { openSearch } from '../../src/records/people/search.js';
import { openDatabase } from '../../src/records/sql/sqlite/sqlite-database.js';
import { cardOf, table } from '../biometrics/head/card-sample.js';
import { snapshotOf } from '../contracts/search.js';

const DIMENSION = 64;
const DAY = 86_400_000;
const START = Date.parse('2026-11-20T08:00:00Z');
const NORTH = cameraCondition(siteId('hq'), laneId('north'), 'color');
const SOUTH = cameraCondition(siteId('hq'), laneId('south'), 'color');
const plain = cardOf(DIMENSION, table('a test'));
const card = {
  ...plain,
  encoder: { ...plain.encoder, normalise: true },
};
const comparison = comparisonOf(card);

const directionOf = (seed: number): readonly number[] => {
  const random = randomFrom(seed);
  return Array.from({ length: DIMENSION }, () => normal(random) / Math.sqrt(DIMENSION));
};
/** @param wall share of the picture that is the place. */
function lookOf(who: number, wall: number): Float32Array {
  const [own, behind] = [directionOf(1 + who), directionOf(500)];
  const mixed = own.map((value, i) => (1 - wall) * value + wall * (behind[i] ?? 0));
  const length = Math.hypot(...mixed);
  return Float32Array.from(mixed, (value) => value / length);
}

async function galleryOf(
  people: readonly number[],
  conditionOf: (who: number) => CaptureCondition,
  met?: readonly MetCounts[],
): Promise<GalleryThrough> {
  const stored = {
    ...snapshotOf(people.map((who) => [`p${who}`, [...lookOf(who, 0.5)]] as const)),
    digest: digestOf(card),
    conditions: people.map(conditionOf),
  };
  return galleryFor(await prepareGallery(comparison, stored, openSearch), { condition: NORTH, met });
}

async function world(t: { after(end: () => Promise<void>): void }) {
  const database = await openDatabase(':memory:');
  t.after(() => database.close());
  let now = START;
  const store = openImpostorStore(database);
  const evidence = () =>
    createMetEvidence(store, {
      dayAt: (at) => new Date(at).toISOString().slice(0, 10),
      now: () => wallTime(now),
    });
  return {
    database,
    store,
    evidence,
    tomorrow: () => {
      now += DAY;
    },
  };
}

const sumOf = (counts: readonly MetCounts[]): number =>
  counts.reduce((sum, { bins }) => sum + bins.reduce((all, count) => all + count, 0), 0);

test('each person counts once a day against the others, and from the next day on', async (t) => {
  const { evidence, tomorrow, store } = await world(t);
  const met = evidence();
  const gallery = await galleryOf([0, 1, 2, 3], () => NORTH);
  const pass = (who: number) =>
    met.passed({ live: NORTH, person: personId(`p${who}`), vector: lookOf(who, 0.5) }, gallery);
  // An attacker who walks past all day as one person is one passage.
  for (let i = 0; i < 50; i += 1) await pass(0);
  await pass(1);
  assert.deepEqual([(await met.load(NORTH)).length, sumOf(await store.load(NORTH))], [0, 6]);
  const before = met.generation();
  tomorrow();
  assert.ok(met.generation() > before, 'lanes load it');
  const [counts, ...more] = await met.load(NORTH);
  assert.deepEqual([counts?.probes, counts?.centredBy, counts?.template, more.length], [2, 4, NORTH, 0]);
  await pass(0);
  assert.equal((await store.load(NORTH)).length, 2);
});

test('nothing that is kept is a vector or names a person', async (t) => {
  const { evidence, database } = await world(t);
  const gallery = await galleryOf([0, 1, 2], () => NORTH);
  await evidence().passed({ live: NORTH, person: personId('p0'), vector: lookOf(0, 0.5) }, gallery);
  const rows = await database.read((sql) => sql.all('SELECT * FROM impostor_counts'));
  assert.equal(rows.length, 1);
  assert.doesNotMatch(JSON.stringify(rows), /p\d|\d\.\d/);
});

test('a day takes a bounded number of faces, also over a restart', async (t) => {
  const { store } = await world(t);
  const key = {
    comparison: comparison.digest,
    live: NORTH,
    template: PHOTO,
    centredBy: 9,
    day: '2026-11-20',
    source: 'passage',
  } as const;
  for (let i = 0; i < 310; i += 1) await store.add(key, [0.3]);
  const [counts] = await store.load(NORTH);
  assert.deepEqual([counts?.probes, counts?.centredBy], [300, 5]);
  // Old days are dropped with the next one that is written.
  await store.add({ ...key, day: '2026-12-10' }, [0.3]);
  assert.deepEqual(
    (await store.load(NORTH)).map(({ day }) => day),
    ['2026-12-10'],
  );
});

test('a newcomer who was refused is evidence against all but whom they look like, at once', async (t) => {
  const { evidence, store } = await world(t);
  const met = evidence();
  const gallery = await galleryOf([0, 1, 2, 3], () => NORTH);
  const before = met.generation();
  await met.refused(
    { live: NORTH, person: personId('p9'), like: personId('p2'), vector: lookOf(9, 0.5) },
    gallery,
  );
  assert.ok(met.generation() > before);
  assert.equal(sumOf(await store.load(NORTH)), 3);
  assert.equal((await met.load(NORTH))[0]?.source, 'lookalike');
});

test('a face that was met is as far from each person as the lane compares it', async () => {
  for (const conditionOf of [() => NORTH, () => PHOTO, (who: number) => (who < 2 ? NORTH : SOUTH)]) {
    const gallery = await galleryOf([0, 1, 2, 3, 4], conditionOf);
    const vector = lookOf(9, 0.5);
    // Nobody of them is this person: nobody is left out of the centre.
    const met = gallery.impostorsOf({ vector, person: personId('p9'), like: personId('p3') });
    const distances = [0, 1, 2, 4].map((who) => gallery.search.against(vector, personId(`p${who}`)) ?? 0);
    const found = [...met.values()].flat();
    assert.equal(found.length, 4);
    for (const [i, value] of found.toSorted((a, b) => a - b).entries())
      assert.ok(Math.abs(value - (distances.toSorted((a, b) => a - b)[i] ?? Number.NaN)) < 1e-6);
  }
});

test('a camera that makes faces alike is contradicted by whom it refused, where no two enrolled show it', async (t) => {
  const { evidence } = await world(t);
  // Enrolled by photographs: nothing shows what this camera does before somebody stands there.
  const people = Array.from({ length: 12 }, (_, i) => i);
  const gallery = await galleryOf(people, () => PHOTO);
  const met = evidence();
  for (const who of [20, 21, 22, 23, 24])
    await met.refused(
      { live: NORTH, person: personId(`p${who}`), like: personId('p0'), vector: lookOf(who, 0.8) },
      gallery,
    );
  const counts = await met.load(NORTH);
  const after = await galleryOf(people, () => PHOTO, counts);
  const own = after.promise?.evidence.at(-1);
  assert.equal(own?.pairs, 5 * 11 - 1);
  // Counts through another centre are not held against this lane.
  const centred = await galleryOf(people, () => NORTH, counts);
  assert.ok(centred.promise?.evidence.every(({ pairs }) => pairs !== own.pairs));
});
