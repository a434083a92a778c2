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
  sighting: { frame: frameSeq(Math.round(at)), at: monotonic(at) },
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
const looks = (...scores: readonly (number | undefined)[]): readonly Shown[] =>
  scores.map((one) => ['look', one]);
const turned = (...scores: readonly (number | undefined)[]): readonly Shown[] =>
  scores.map((one) => ['turned', one]);

for (const [name, frames, proven] of [
  ['three looks at a living face', looks(0.9, 0.9, 0.9), 3],
  ['two of them', looks(0.9, 0.9), 0],
  ['looks whose own frames were not judged', looks(undefined, undefined, undefined, undefined), 0],
  [
    'a living face that is turned away, and then looks that were not judged',
    [...turned(1, 1, 1, 1), ...looks(undefined, undefined)],
    0,
  ],
  [
    'a living face that is turned away, and then looks at a picture',
    [...turned(1, 1, 1, 1), ...looks(0.02, 0.02, 0.02)],
    0,
  ],
  [
    'looks at a picture, and then a living face that is turned away',
    [...looks(0.02, 0.02, 0.02), ...turned(1, 1, 1, 1)],
    0,
  ],
  ['looks that are alive before a frame that is not: it takes them away', looks(0.9, 0.9, 0.9, 0.01), 0],
  ['looks that are alive after a frame that is not, once there are enough', looks(0.01, 0.9, 0.9, 0.9), 3],
  ['a picture of which every second frame seems alive', looks(0.9, 0.01, 0.9, 0.01, 0.9, 0.01, 0.9), 0],
  [
    'a face turned away for long between its looks',
    [...looks(0.9, 0.9), ...turned(1, 1, 1), ...looks(0.9, 0.9)],
    0,
  ],
  ['a blink of the detector between two looks', [...looks(0.9, 0.9), ...turned(1), ...looks(0.9, 0.9)], 4],
  ['looks that hardly seem alive', looks(0.2, 0.2, 0.2, 0.2), 0],
  ['no numbers', looks(Number.NaN, Number.NaN, Number.NaN), 0],
] as const)
  test(`${proven === 0 ? 'does not believe' : 'believes'} ${name}`, () =>
    assert.equal(provenObservations(after(frames)).length, proven));

test('a frame that speaks against the face takes away the look that follows before another can say something new', () => {
  const before = after(looks(0.01));
  const soon = withObservation(before, lookAt(1033, 0.9), millis(2000));
  assert.equal(
    provenObservations(
      [1133, 1233].reduce((all, at) => withObservation(all, lookAt(at, 0.9), millis(2000)), soon),
    ).length,
    0,
  );
});

test('does not join looks between which nobody saw what was there', () => {
  const far = [1000, 1100, 1601, 1701].map((at) => lookAt(at, 0.9));
  assert.equal(provenObservations({ looks: far, proofFrom: monotonic(0) }).length, 0);
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
      const presence = after(frames, apart);
      const proven = provenObservations(presence);
      for (const look of proven) assert.ok(look.liveness !== undefined && look.liveness >= 0.15);
      // Neither does any frame after the first of them speak against the face.
      const from = proven[0]?.sighting.at ?? Number.POSITIVE_INFINITY;
      for (const [n, [, one]] of frames.entries())
        if (1000 + n * apart >= from) assert.ok(one === undefined || one >= 0.15);
      assert.ok(proven.length === 0 || proven.length >= 3);
    }),
    { short: 1000, long: 20_000 },
  );
});
