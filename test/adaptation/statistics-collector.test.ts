import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CameraStatistics, effectiveTracks } from '../../src/adaptation/camera-statistics.js';
import { createStatisticsCollector, type GrantedPassage } from '../../src/adaptation/statistics-collector.js';
import { modelDigest, personId, trackId } from '../../src/base/ids.js';
import { wallTime } from '../../src/base/units.js';
import type { FaceReport, FrameReport } from '../../src/vision/ports/vision.js';
import { face, frameOf, galleryOf, laneWorld, showFor, type Who } from '../lane/lane-world.js';
import { until } from '../until.js';

const encoder = modelDigest('a'.repeat(64));

async function gathered(options: { readonly batch?: number } = {}) {
  const gallery = await galleryOf();
  const kept: { readonly batch: CameraStatistics; readonly day: string }[] = [];
  const passages: GrantedPassage[] = [];
  const faults: string[] = [];
  let seq = 0;
  let day = '2026-11-25';
  let broken = false;
  const gatherer = createStatisticsCollector({
    encoder,
    dimension: 2,
    unit: false,
    gallery: () => gallery,
    wall: () => wallTime(0),
    dayOf: () => day,
    keep: async (batch, of) => {
      if (broken) throw new Error('disk full');
      kept.push({ batch, day: of });
    },
    onPassage: (passage) => void passages.push(passage),
    onFault: (detail) => faults.push(detail),
    ...options,
  });
  const frame = (faces: readonly FaceReport[], more: Partial<FrameReport> = {}) => {
    gatherer.see(frameOf(seq, 200 * seq, faces, more));
    seq += 1;
  };
  return {
    gatherer,
    kept,
    passages,
    troubles: faults,
    frame,
    breakDisk: () => {
      broken = true;
    },
    tomorrow: () => {
      day = '2026-11-26';
    },
    /** Somebody passes: so many looks, then the track ends. */
    pass(who: Who, looks = 3, more: Partial<FaceReport> = {}, isLetIn = false) {
      const track = trackId(`t-${seq}`);
      for (let n = 0; n < looks; n += 1) frame([face(who, { ...more, track })]);
      if (isLetIn) gatherer.granted(track, personId(who));
      frame([], { ended: [track] });
    },
  };
}

test('keeps nothing of fewer than ten tracks: the sums of one would be a face', async () => {
  const world = await gathered();
  for (let n = 0; n < 9; n += 1) world.pass('ada');
  await world.gatherer.finish();
  assert.equal(world.kept.length, 0);
  world.pass('bob');
  await world.gatherer.finish();
  assert.deepEqual(
    world.kept.map(({ batch, day }) => [batch.tracks, day]),
    [[10, '2026-11-25']],
  );
});

test('what is kept twice in a row differs by ten tracks', async () => {
  const world = await gathered();
  for (let n = 0; n < 25; n += 1) world.pass('ada');
  await world.gatherer.finish();
  assert.deepEqual(
    world.kept.map(({ batch }) => batch.tracks),
    [10, 10],
  );
});

test('who passes again and again counts less each time, known or not', async () => {
  for (const who of ['ada', 'eve'] as const) {
    const world = await gathered();
    for (let n = 0; n < 10; n += 1) world.pass(who);
    await world.gatherer.finish();
    const [first] = world.kept;
    // 1 + 1/2 + ... + 1/10
    assert.ok(Math.abs((first?.batch.weight ?? 0) - 2.929) < 1e-3, `${first?.batch.weight}`);
  }
});

test('a new day begins to count anew', async () => {
  const world = await gathered({ batch: 2 });
  world.pass('ada');
  world.pass('ada');
  await world.gatherer.finish();
  world.tomorrow();
  world.pass('ada');
  world.pass('bob');
  await world.gatherer.finish();
  assert.deepEqual(
    world.kept.map(({ batch, day }) => [day, batch.weight, effectiveTracks(batch)]),
    [
      ['2026-11-25', 1.5, 1.8],
      ['2026-11-26', 2, 2],
    ],
  );
});

for (const [name, act] of [
  ['a single look', (world) => world.pass('ada', 1)],
  ['looks with a problem', (world) => world.pass('ada', 3, { problems: ['blurred'] })],
  ['faces that were not encoded', (world) => world.pass('ada', 3, { embedding: new Float32Array(3) })],
  ['what is rather a picture of a face', (world) => world.pass('ada', 3, { liveness: 0.1 })],
  [
    'two people at once',
    (world) => {
      for (let n = 0; n < 3; n += 1) world.frame([face('ada'), face('bob')]);
      world.frame([], { ended: [trackId('track-of-ada'), trackId('track-of-bob')] });
    },
  ],
] as const satisfies readonly (readonly [string, (world: Awaited<ReturnType<typeof gathered>>) => void])[]) {
  test(`takes nothing from ${name}`, async () => {
    const world = await gathered({ batch: 1 });
    act(world);
    await world.gatherer.finish();
    assert.deepEqual(world.kept, []);
  });
}

test('a living face counts, and a long stay counts as one track of twelve looks', async () => {
  const world = await gathered({ batch: 1 });
  world.pass('ada', 100, { liveness: 0.9 });
  await world.gatherer.finish();
  assert.deepEqual(
    world.kept.map(({ batch }) => [batch.tracks, batch.weight]),
    [[1, 1]],
  );
});

test('tells of each person who was let in once a day, and of nobody else', async () => {
  const world = await gathered();
  world.pass('ada', 3, {}, true);
  world.pass('ada', 3, {}, true);
  world.pass('bob', 3, {}, true);
  world.pass('eve');
  await world.gatherer.finish();
  assert.deepEqual(
    world.passages.map(({ person, peopleToday }) => [person, peopleToday]),
    [
      ['ada', 1],
      ['bob', 2],
    ],
  );
  assert.deepEqual([...(world.passages[1]?.mean ?? [])], [5, 0]);
});

test('a disk that is full is told, and the lane goes on', async () => {
  const world = await gathered({ batch: 1 });
  world.breakDisk();
  world.pass('ada');
  await world.gatherer.finish();
  assert.deepEqual(world.troubles, ['disk full']);
});

test('tracks that never end are forgotten', async () => {
  const world = await gathered({ batch: 1 });
  for (let n = 0; n < 100; n += 1)
    for (let look = 0; look < 2; look += 1) world.frame([face('ada', { track: trackId(`t-${n}`) })]);
  await world.gatherer.finish();
  assert.equal(world.kept.length, 64);
});

test('a lane shows its gatherer every frame, and tells whom it let in', async (t) => {
  let frames = 0;
  const granted: string[] = [];
  const gatherer = {
    see: () => {
      frames += 1;
    },
    granted: (_: unknown, person: string) => void granted.push(person),
    finish: async () => {},
  };
  const world = await laneWorld(t, { parts: { statistics: gatherer } });
  await showFor(world, 500, [face('ada')]);
  await until(() => world.opened.length === 1, 'an opening');
  await showFor(world, 500, [face('eve')]);
  assert.deepEqual(granted, ['ada']);
  assert.ok(frames >= 4, `${frames}`);
});

test('learns nothing of a picture that is held before a living face for a moment', async () => {
  const world = await gathered({ batch: 1 });
  const track = trackId('t-x');
  for (let n = 0; n < 4; n += 1) world.frame([face('ada', { track, liveness: 0.99 })]);
  for (let n = 0; n < 4; n += 1) world.frame([face('bob', { track, liveness: 0.02 })]);
  for (let n = 0; n < 4; n += 1) world.frame([face('bob', { track, liveness: 0.99, replaced: true })]);
  world.gatherer.granted(track, personId('ada'));
  world.frame([], { ended: [track] });
  await world.gatherer.finish();
  assert.deepEqual([...(world.passages[0]?.mean ?? [])], [0, 0]);
});
