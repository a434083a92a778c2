import assert from 'node:assert/strict';
import { test } from 'node:test';
import { laneId } from '../../../src/base/ids.js';
import { frameSeq } from '../../../src/base/units.js';
import type { Act, Actor } from '../../../src/records/journal/act.js';
import { createLaneWatches } from '../../../src/service/core-socket/lane-watches.js';
import { createLiveViews, type LiveViewRule } from '../../../src/service/core-socket/live-views.js';
import type { Snapshot, VisionReport } from '../../../src/vision/ports/vision.js';
import { createFakeClock } from '../../fakes/clock.js';
import { face, frameOf } from '../../lane/lane-world.js';

const north = laneId('north');
const GUARD: Actor = { by: 'unix:guard' };
const OTHER: Actor = { by: 'unix:other' };
const jpeg = { bytes: Uint8Array.of(255, 216, 255), width: 64, height: 48 };

async function lane(rule: LiveViewRule, canWrite = true) {
  const clock = createFakeClock();
  const [acts, faults]: [(readonly [string, Act])[], unknown[]] = [[], []];
  const asked: unknown[] = [];
  const watches = createLaneWatches('off', (error) => faults.push(error));
  let report: (one: VisionReport) => void = () => {};
  const vision = watches.of(north).tapped({
    snapshot: async () => ({ kind: 'none', reason: 'busy' }),
    watch: async (onReport) => {
      report = onReport;
    },
  });
  await vision.watch(() => {}, new AbortController().signal);
  let answer: (view: unknown) => Snapshot = () => ({ kind: 'none', reason: 'camera-not-live' });
  const views = createLiveViews({
    rule,
    watches,
    clock,
    record: async ({ by }, act) => {
      if (!canWrite) throw new Error('a full disk');
      acts.push([by, act]);
    },
    onFault: (error) => faults.push(error),
  });
  views.add(north, {
    snapshot: async (view) => {
      asked.push(view);
      return answer(view);
    },
  });
  return {
    clock,
    acts,
    faults,
    asked,
    views,
    /** The next picture is of this frame, whose report comes before it. */
    shows(seq: number) {
      const frame = frameOf(seq, clock.monotonic(), [face('ada')]);
      answer = () => {
        report(frame);
        return { kind: 'picture', ...jpeg, seq: frameSeq(seq) };
      };
      return frame;
    },
    answers(snapshot: Snapshot) {
      answer = () => snapshot;
    },
    restarts: () => report({ kind: 'restarting', cause: 'it hung' }),
  };
}

test('a picture comes with the report of its own frame, and its age', async () => {
  const { views, shows, clock } = await lane('allowed');
  const frame = shows(7);
  clock.pass(40);
  assert.deepEqual(await views.picture('north', GUARD), { kind: 'picture', ...jpeg, frame, age: 40 });
});

test('a viewing is written down before its first picture, once, and again when it has ended', async () => {
  const { views, shows, clock, acts } = await lane('allowed');
  shows(1);
  await views.picture('north', GUARD);
  assert.deepEqual(acts, [['unix:guard', { act: 'live-view-begun', lane: 'north' }]]);
  clock.pass(5000);
  shows(2);
  await views.picture('north', GUARD);
  assert.equal(views.isWatched(north), true);
  clock.pass(9999);
  await views.tick();
  assert.equal(acts.length, 1);
  clock.pass(1);
  await views.tick();
  assert.deepEqual(acts[1], [
    'unix:guard',
    { act: 'live-view-ended', lane: 'north', pictures: 2, seconds: 5 },
  ]);
  assert.equal(views.isWatched(north), false);
});

test('what cannot be written down shows nothing, and the next request tries again', async () => {
  const { views, shows, asked, faults } = await lane('allowed', false);
  shows(1);
  for (const _ of [1, 2])
    assert.deepEqual(await views.picture('north', GUARD), { kind: 'none', reason: 'journal-failed' });
  assert.deepEqual([asked.length, faults.length], [0, 2]);
});

test('switched off, a lane that does not exist: no camera is asked and nothing is written down', async () => {
  const { views, asked, acts } = await lane('off');
  assert.deepEqual(await views.picture('north', GUARD), { kind: 'none', reason: 'live-view-off' });
  assert.deepEqual(await views.picture('south', GUARD), { kind: 'none', reason: 'unknown-lane' });
  assert.deepEqual([asked, acts], [[], []]);
});

test('with zone the vision process is asked to show the region alone', async () => {
  const { views, shows, asked } = await lane('zone');
  shows(1);
  await views.picture('north', GUARD);
  assert.deepEqual(asked, ['live-zone']);
});

test('two who watch share a picture, and each is written down', async () => {
  const { views, shows, asked, acts } = await lane('allowed');
  shows(1);
  const [one, two] = await Promise.all([views.picture('north', GUARD), views.picture('north', OTHER)]);
  assert.equal(one, two);
  assert.deepEqual([asked.length, acts.length], [1, 2]);
});

test('pictures of a lane are at least 100 ms apart', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { views, shows, asked, clock } = await lane('allowed');
  shows(1);
  await views.picture('north', GUARD);
  clock.pass(30);
  shows(2);
  const second = views.picture('north', GUARD);
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(asked.length, 1);
  t.mock.timers.tick(70);
  assert.equal((await second).kind, 'picture');
  assert.equal(asked.length, 2);
});

test('a picture whose frame is not known is not shown: it would have the numbers of another', async () => {
  const { views, shows, answers, restarts, clock } = await lane('allowed');
  shows(7);
  await views.picture('north', GUARD);
  clock.pass(1000);
  restarts();
  answers({ kind: 'picture', ...jpeg, seq: frameSeq(7) });
  assert.deepEqual(await views.picture('north', GUARD), { kind: 'none', reason: 'vision-restarting' });
});

test('names of viewers are claims: beyond 64 viewings further ones get nothing', async () => {
  const { views, shows, clock } = await lane('allowed');
  for (let n = 0; n < 64; n += 1) {
    clock.pass(100);
    shows(n);
    assert.equal((await views.picture('north', { by: `unix:${n}` })).kind, 'picture');
  }
  assert.deepEqual(await views.picture('north', GUARD), { kind: 'none', reason: 'too-many-viewers' });
});
