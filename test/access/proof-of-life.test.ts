import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { provenObservations } from '../../src/access/proof-of-life.js';
import {
  arrival,
  type FaceObservation,
  type Subject,
  withLiveness,
  withObservation,
  withProblems,
} from '../../src/access/subject.js';
import { trackId } from '../../src/base/ids.js';
import { frameSeq, millis, monotonic } from '../../src/base/units.js';
import { holds } from '../support/properties.js';

const lookAt = (at: number, liveness?: number): FaceObservation => ({
  observation: { frame: frameSeq(Math.round(at)), at: monotonic(at) },
  embedding: Float32Array.of(1),
  liveness,
});

/** What a frame 100 ms after the one before showed: a look with its score, a look without ('-'), or a face turned away ('t'). */
type Shown = readonly ['look' | 'turned', number | undefined];

function after(frames: readonly Shown[], apart = 100): Subject {
  return frames.reduce(
    (before, [kind, score], n) => {
      const at = monotonic(1000 + n * apart);
      const judged = score === undefined ? before : withLiveness(before, score, at);
      return kind === 'look'
        ? withObservation(judged, lookAt(at, score), millis(2000))
        : withProblems(judged, ['turned-away'], at);
    },
    arrival(trackId('t-1'), monotonic(1000)),
  );
}
const observations = (...scores: readonly (number | undefined)[]): readonly Shown[] =>
  scores.map((one) => ['look', one]);
const turned = (...scores: readonly (number | undefined)[]): readonly Shown[] =>
  scores.map((one) => ['turned', one]);

for (const [name, frames, proven] of [
  ['three observations at a living face', observations(0.9, 0.9, 0.9), 3],
  ['two of them', observations(0.9, 0.9), 0],
  [
    'observations whose own frames were not judged',
    observations(undefined, undefined, undefined, undefined),
    0,
  ],
  [
    'a living face that is turned away, and then observations that were not judged',
    [...turned(1, 1, 1, 1), ...observations(undefined, undefined)],
    0,
  ],
  [
    'a living face that is turned away, and then observations at a picture',
    [...turned(1, 1, 1, 1), ...observations(0.02, 0.02, 0.02)],
    0,
  ],
  [
    'observations at a picture, and then a living face that is turned away',
    [...observations(0.02, 0.02, 0.02), ...turned(1, 1, 1, 1)],
    0,
  ],
  [
    'observations that are alive before a frame that is not: it takes them away',
    observations(0.9, 0.9, 0.9, 0.01),
    0,
  ],
  [
    'observations that are alive after a frame that is not, once there are enough',
    observations(0.01, 0.9, 0.9, 0.9),
    3,
  ],
  [
    'a picture of which every second frame seems alive',
    observations(0.9, 0.01, 0.9, 0.01, 0.9, 0.01, 0.9),
    0,
  ],
  [
    'a face turned away for long between its observations',
    [...observations(0.9, 0.9), ...turned(1, 1, 1), ...observations(0.9, 0.9)],
    0,
  ],
  [
    'a blink of the detector between two observations',
    [...observations(0.9, 0.9), ...turned(1), ...observations(0.9, 0.9)],
    4,
  ],
  ['observations that hardly seem alive', observations(0.2, 0.2, 0.2, 0.2), 0],
  ['no numbers', observations(Number.NaN, Number.NaN, Number.NaN), 0],
] as const)
  test(`${proven === 0 ? 'does not believe' : 'believes'} ${name}`, () =>
    assert.equal(provenObservations(after(frames)).length, proven));

test('a frame that speaks against the face takes away the look that follows before another can say something new', () => {
  const before = after(observations(0.01));
  const soon = withObservation(before, lookAt(1033, 0.9), millis(2000));
  assert.equal(
    provenObservations(
      [1133, 1233].reduce((all, at) => withObservation(all, lookAt(at, 0.9), millis(2000)), soon),
    ).length,
    0,
  );
});

test('does not join observations between which nobody saw what was there', () => {
  const far = [1000, 1100, 1601, 1701].map((at) => lookAt(at, 0.9));
  assert.equal(provenObservations({ observations: far, proofFrom: monotonic(0) }).length, 0);
});

test('never calls a look proven whose own frame does not show a living face, whatever the order', async (t) => {
  const score = fc.option(
    fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0.9, 0.95, 1)),
    {
      nil: undefined,
    },
  );
  const shown: fc.Arbitrary<Shown> = fc.tuple(fc.constantFrom('look', 'look', 'turned'), score);
  await holds(
    t,
    fc.property(fc.array(shown, { maxLength: 40 }), fc.integer({ min: 20, max: 300 }), (frames, apart) => {
      const subject = after(frames, apart);
      const proven = provenObservations(subject);
      for (const seen of proven) assert.ok(seen.liveness !== undefined && seen.liveness >= 0.15);
      // Neither does any frame after the first of them speak against the face.
      const from = proven[0]?.observation.at ?? Number.POSITIVE_INFINITY;
      for (const [n, [, one]] of frames.entries())
        if (1000 + n * apart >= from) assert.ok(one === undefined || one >= 0.15);
      assert.ok(proven.length === 0 || proven.length >= 3);
    }),
    { short: 1000, long: 20_000 },
  );
});
