import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trackId } from '../../src/base/ids.js';
import { millis, monotonic, wallTime } from '../../src/base/units.js';
import { type ReplayDependencies, replayLane } from '../../src/lane/replay-lane.js';
import type { FaceReport, FrameReport, VisionReport } from '../../src/vision/ports/vision.js';
import { face, frameOf, galleryOf, rules } from './lane-world.js';

/** A film of 10 frames a second: the faces of each frame. */
const film = (frames: readonly (readonly FaceReport[])[]): readonly FrameReport[] =>
  frames.map((faces, n) => frameOf(n, 5000 + n * 100, faces));

const times = (count: number, faces: readonly FaceReport[]) => Array.from({ length: count }, () => faces);

async function replay(reports: readonly VisionReport[], change: Partial<ReplayDependencies> = {}) {
  const said: string[] = [];
  const gallery = await galleryOf();
  const totals = await replayLane(
    {
      vision: {
        watch: async (onReport) => {
          for (const report of reports) onReport(report);
        },
      },
      gallery: () => gallery,
      rules,
      clock: { monotonic: () => monotonic(0), wall: () => wallTime(0) },
      onLaneDecision: (laneDecision, at) =>
        said.push(`${at} ${laneDecision.verdict} ${laneDecision.reason} ${laneDecision.person ?? '-'}`),
      ...change,
    },
    new AbortController().signal,
  );
  return { said, totals };
}

test('says in the film’s own time what a lane would have decided', async () => {
  const { said } = await replay(
    film([...times(10, [face('ada')]), ...times(2, []), ...times(20, [face('eve')])]),
  );
  assert.deepEqual(said, ['5200 granted face-identified ada', '7700 refused unknown -']);
});

test('lets one person pass once in a film of two seconds, and again when they come back', async () => {
  const passage = times(20, [face('ada')]);
  const { said } = await replay(film([...passage, ...times(40, []), ...passage]));
  assert.deepEqual(said, ['5200 granted face-identified ada', '11200 granted face-identified ada']);
});

test('says nothing of somebody who was let in a moment ago and is followed anew', async () => {
  const again = { ...face('ada'), track: trackId('e-9') };
  const { said } = await replay(
    film([...times(5, [face('ada')]), [], ...times(2, [again]), ...times(8, [])]),
  );
  assert.deepEqual(said, ['5200 granted face-identified ada']);
});

test('says at the end what became of those who are still there', async () => {
  const { said } = await replay(film(times(2, [face('eve')])));
  assert.deepEqual(said, ['5100 refused unknown -']);
});

test('adds up frames, length and stages', async () => {
  const costs = {
    read: millis(1),
    detect: millis(2),
    track: millis(0),
    quality: millis(0),
    align: millis(0),
    encode: millis(3),
    liveness: millis(1),
  };
  const { totals } = await replay(film(times(5, [])).map((frame) => ({ ...frame, timings: costs })));
  assert.deepEqual(totals, {
    frames: 5,
    clip: 400,
    took: 0,
    stages: { read: 5, detect: 10, track: 0, quality: 0, align: 0, encode: 15, liveness: 5, judge: 0 },
  });
});

test('fails when the eye fails', async () => {
  await assert.rejects(
    replay([], { vision: { watch: () => Promise.reject(new Error('no film')) } }),
    /no film/,
  );
});

test('does not let somebody pass twice who never left, only because others stood beside them', async () => {
  const { said } = await replay(
    film([
      ...times(10, [face('ada')]),
      ...times(50, [face('ada'), face('eve')]),
      ...times(10, [face('ada')]),
    ]),
  );
  assert.deepEqual(said, ['5200 granted face-identified ada', '7500 refused several-at-gate -']);
});

test('lets the same track pass again when the person went away and came back', async () => {
  const away = times(40, [face('ada', { atGate: false })]).map((faces, n) =>
    frameOf(10 + n, 6000 + n * 100, faces, { gate: { who: 'nobody' } }),
  );
  const back = times(5, [face('ada')]).map((faces, n) => frameOf(50 + n, 10_000 + n * 100, faces));
  const { said } = await replay([...film(times(10, [face('ada')])), ...away, ...back]);
  assert.deepEqual(said, ['5200 granted face-identified ada', '10200 granted face-identified ada']);
});
