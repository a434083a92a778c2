import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCameraWatch } from '../../src/adaptation/camera-watch.js';
import { laneId, personId, siteId, type TrackId, trackId } from '../../src/base/ids.js';
import { normal, randomFrom } from '../../src/base/random.js';
import { frameSeq, monotonic } from '../../src/base/units.js';
import { cameraCondition, PHOTO } from '../../src/biometrics/conditions/capture-condition.js';
import { comparisonOf } from '../../src/biometrics/head/comparison.js';
import { galleryThrough } from '../../src/lane/gallery-through.js';
import type { FrameReport } from '../../src/vision/ports/vision.js';
import { cardOf, table } from '../biometrics/head/card-sample.js';
import { snapshotOf } from '../contracts/search.js';
import { bruteForce } from '../fakes/search.js';
import { face } from '../lane/lane-world.js';

const DIMENSION = 64;
const HOUR = 3_600_000;
const NORTH = cameraCondition(siteId('hq'), laneId('north'), 'color');
const plain = cardOf(DIMENSION, table('a test'));
const comparison = comparisonOf({ ...plain, encoder: { ...plain.encoder, normalise: true } });

const directionOf = (seed: number): readonly number[] => {
  const random = randomFrom(seed);
  return Array.from({ length: DIMENSION }, () => normal(random) / Math.sqrt(DIMENSION));
};
const lookOf = (who: number, wall: number): Float32Array => {
  const [own, behind] = [directionOf(1 + who), directionOf(wall)];
  const mixed = own.map((value, i) => 0.8 * value + 0.6 * (behind[i] ?? 0));
  const length = Math.hypot(...mixed);
  return Float32Array.from(mixed, (value) => value / length);
};

const OLD = 500;
const FRESH = 501;

async function watched(condition = NORTH) {
  const people = [0, 1, 2];
  const stored = {
    ...snapshotOf(people.map((who) => [`p${who}`, [...lookOf(who, OLD)]] as const)),
    digest: comparison.trunk.digest,
    conditions: people.map(() => condition),
  };
  const gallery = await galleryThrough(comparison, stored, bruteForce);
  const changes: boolean[] = [];
  const watch = createCameraWatch({
    gallery: () => gallery,
    condition: NORTH,
    onChange: (isMoved) => changes.push(isMoved),
    onFault: (detail) => assert.fail(detail),
  });
  let tracks = 0;
  /** One passage every quarter of an hour. */
  const pass = async (from: number, hours: number, wall: number, light?: 'infrared') => {
    for (let at = from * HOUR; at <= (from + hours) * HOUR; at += HOUR / 4) {
      const who = tracks % people.length;
      tracks += 1;
      const track = trackId(`t-${tracks}`);
      const seen = { ...face('ada'), track, embedding: lookOf(who, wall), problems: [] };
      watch.see(frame(at, track, [seen], [], light));
      watch.granted(track, personId(`p${who}`));
      watch.see(frame(at, track, [], [track], light));
      await new Promise(setImmediate);
    }
  };
  return { pass, changes };
}

const frame = (
  at: number,
  track: TrackId,
  faces: FrameReport['faces'],
  ended: readonly TrackId[],
  light?: 'infrared',
): FrameReport => ({
  kind: 'frame',
  seq: frameSeq(1),
  at: monotonic(at),
  width: 640,
  height: 480,
  gate: faces.length === 0 ? { who: 'nobody' } : { who: 'one', track },
  faces,
  ended,
  light,
  skipped: 0,
  timings: {} as FrameReport['timings'],
});

test('a camera that was replaced is reported once, and once more when it is back', async () => {
  const { pass, changes } = await watched();
  await pass(0, 3, OLD);
  assert.deepEqual(changes, []);
  await pass(4, 6, FRESH);
  assert.deepEqual(changes, [true]);
  await pass(11, 5, OLD);
  assert.deepEqual(changes, [true, false]);
});

test('passages in infrared light do not count', async () => {
  const { pass, changes } = await watched();
  await pass(0, 10, FRESH, 'infrared');
  assert.deepEqual(changes, []);
});

test('people who were enrolled elsewhere show nothing of a camera', async () => {
  const { pass, changes } = await watched(PHOTO);
  await pass(0, 10, FRESH);
  assert.deepEqual(changes, []);
});
