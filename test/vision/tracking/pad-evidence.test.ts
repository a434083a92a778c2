import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { trackId } from '../../../src/base/ids.js';
import { millis, monotonic } from '../../../src/base/units.js';
import {
  type LivenessEvidence,
  meanScore,
  noEvidence,
  promptFor,
  type Scorable,
  shouldScore,
  withScore,
} from '../../../src/vision/tracking/pad-evidence.js';
import { holds } from '../../support/properties.js';

/** @param apart ms between frames. */
const after = (scores: readonly number[], apart = 100, from: LivenessEvidence = noEvidence) =>
  scores.reduce(
    (evidence, score, n) => withScore(evidence, score, monotonic((from.lastAt ?? -apart) + (n + 1) * apart)),
    from,
  );
const times = (count: number, score: number): readonly number[] => Array.from({ length: count }, () => score);

for (const [name, scores, verdict] of [
  ['nothing yet', [], 'undecided'],
  ['one frame as alive as can be', [1], 'undecided'],
  ['two of them', [1, 1], 'undecided'],
  ['three of them', [1, 1, 1], 'live'],
  ['one frame that looks like a picture', [0], 'undecided'],
  ['three of them', [0, 0, 0], 'undecided'],
  ['four of them', [0, 0, 0, 0], 'attack'],
  ['a living face in back light', [0.2, 0.4, 0.9, 0.3, 0.95], 'live'],
  ['a living face with one bad frame', [0.99, 0, 0.99, 0.99, 0.99], 'live'],
  ['a picture with one good frame', [0, 0, 0.99, 0, 0, 0], 'attack'],
  ['a face that speaks for neither side for a while', times(20, 0.15), 'undecided'],
  ['a face found alive, then a picture in front of it', [1, 1, 1, 1, 1, 1, 0], 'undecided'],
  ['a face found alive long ago, then a picture for long', [...times(50, 1), ...times(7, 0)], 'attack'],
  ['a picture that was found out, then a living face', [0, 0, 0, 0, ...times(50, 1)], 'attack'],
  ['no numbers at all', times(4, Number.NaN), 'attack'],
  ['numbers beyond the range', [7, 7, 7, 7], 'attack'],
] as const)
  test(`says '${verdict}' for ${name} (${scores.slice(0, 6).join(' ')})`, () =>
    assert.equal(after(scores).verdict, verdict));

test('counts frames that follow too soon once', () => {
  const evidence = after(times(9, 1), 33);
  assert.equal(evidence.frames, 3);
  assert.equal(withScore(evidence, 1, evidence.lastAt ?? monotonic(0)).frames, 3);
  assert.equal(withScore(evidence, 1, monotonic(Number.NaN)).frames, 3);
});

test('gives the mean score of what it counted', () => {
  assert.equal(meanScore(noEvidence), undefined);
  assert.equal(meanScore(after([0.5, 1])), 0.75);
  assert.equal(meanScore(after([1, Number.NaN])), 0.5);
});

const score = fc.double({ min: 0, max: 1, noNaN: true });
const anything = fc.oneof(score, fc.double());

test('is never decided by one frame, whatever it and those before it show', async (t) => {
  await holds(
    t,
    fc.property(fc.array(anything, { maxLength: 12 }), anything, (scores, last) => {
      const before = after(scores);
      const then = after([last], 100, before);
      // From nothing, and from one side to the other, there are frames in between.
      if (before.frames === 0) assert.equal(then.verdict, 'undecided');
      if (before.verdict === 'live') assert.notEqual(then.verdict, 'attack');
      if (then.verdict === 'live') assert.ok(then.frames >= 3);
    }),
    { short: 100, long: 100_000 },
  );
});

test('does not care in which order the frames come, as long as none of them ended it', async (t) => {
  // Too little for either bound, in any order.
  const few = fc.array(fc.double({ min: 0.1, max: 0.2, noNaN: true }), { minLength: 2, maxLength: 5 });
  await holds(
    t,
    fc.property(
      few.chain((scores) =>
        fc.tuple(fc.constant(scores), fc.shuffledSubarray(scores, { minLength: scores.length })),
      ),
      ([scores, shuffled]) => {
        assert.ok(Math.abs(after(scores).odds - after(shuffled).odds) < 1e-9);
        assert.equal(after(scores).verdict, after(shuffled).verdict);
      },
    ),
    { short: 100, long: 100_000 },
  );
});

test('never lets in on what is no score', async (t) => {
  const broken = fc.constantFrom(Number.NaN, -1, 1.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
  await holds(
    t,
    fc.property(fc.array(broken, { maxLength: 40 }), (scores) =>
      assert.notEqual(after(scores).verdict, 'live'),
    ),
    { short: 100, long: 100_000 },
  );
});

test('is surer of life the more alive a frame looks', async (t) => {
  await holds(
    t,
    fc.property(fc.array(score, { maxLength: 10 }), score, score, (scores, a, b) => {
      const before = after(scores);
      const odds = (value: number) => after([value], 100, before).odds;
      assert.ok(odds(Math.max(a, b)) >= odds(Math.min(a, b)));
    }),
    { short: 100, long: 100_000 },
  );
});

for (const [name, verdict, waited, interOcular, expected] of [
  ['nobody at once', 'undecided', 300, 60, undefined],
  ['to turn the head', 'undecided', 700, 60, 'turn-head'],
  ['to come closer with a small face', 'undecided', 900, 30, 'come-closer'],
  ['nothing of a living face', 'live', 5000, 60, undefined],
  ['nothing of a picture', 'attack', 5000, 60, undefined],
  ['nothing when the time is no number', 'undecided', Number.NaN, 60, undefined],
] as const)
  test(`asks ${name}`, () =>
    assert.equal(promptFor({ ...noEvidence, verdict }, millis(waited), interOcular), expected));

const face = (track: string, more: Partial<Scorable> = {}): Scorable => ({
  track: trackId(track),
  atGate: true,
  problems: [],
  ...more,
});
const judged = (times: Readonly<Record<string, number>>) =>
  new Map(Object.entries(times).map(([track, at]) => [trackId(track), monotonic(at)]));

for (const [name, faces, before, expected] of [
  ['a new face', [face('a')], {}, 'a'],
  ['a face judged a while ago', [face('a')], { a: 900 }, 'a'],
  ['no face judged just now', [face('a')], { a: 950 }, undefined],
  ['no face away from the gate', [face('a', { atGate: false })], {}, undefined],
  ['a blurred face, turned away', [face('a', { problems: ['blurred', 'turned-away'] })], {}, 'a'],
  ['no face of a few pixels', [face('a', { problems: ['too-small'] })], {}, undefined],
  ['no face cut by the edge', [face('a', { problems: ['blurred', 'at-the-edge'] })], {}, undefined],
  ['the face that has waited longest', [face('a'), face('b')], { a: 800, b: 700 }, 'b'],
  ['a new face before others', [face('a'), face('b')], { a: 100 }, 'b'],
  ['nobody where there is nobody', [], {}, undefined],
] as const)
  test(`judges ${name}`, () => assert.equal(shouldScore(faces, judged(before), monotonic(1000)), expected));
