import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { livenessObjection, padRequired, provenObservations } from '../../src/access/pad-policy.js';
import { never } from '../../src/access/policy/schedule.js';
import {
  arrival,
  type FaceObservation,
  type Subject,
  withLiveness,
  withObservation,
  withProblems,
} from '../../src/access/subject.js';
import { trackId } from '../../src/base/ids.js';
import { frameSeq, millis, monotonic, wallTime } from '../../src/base/units.js';
import { holds } from '../support/properties.js';

for (const [name, mode, liveness, hold, expected] of [
  ['lets in a living face', 'require', 'live', undefined, undefined],
  ['turns away a picture', 'require', 'attack', undefined, 'presentation-attack'],
  ['waits where it cannot be told', 'require', 'undecided', undefined, 'liveness-undecided'],
  ['tells a picture of nobody enrolled', 'require', 'attack', 'unknown', 'presentation-attack'],
  [
    'tells a picture that is not clear enough',
    'require',
    'attack',
    'insufficient-evidence',
    'presentation-attack',
  ],
  ['tells a picture beside a badge', 'require', 'attack', 'badge-face-mismatch', 'presentation-attack'],
  ['has nothing to say where no face counts', 'require', 'attack', 'degraded', undefined],
  ['has nothing to say where a badge is asked for', 'require', 'attack', 'badge-required', undefined],
  ['leaves another reason alone while it cannot be told', 'require', 'undecided', 'unknown', undefined],
  ['only writes down in record', 'record', 'attack', undefined, undefined],
  ['only writes down what is undecided', 'record', 'undecided', undefined, undefined],
  ['does not ask when off', 'off', 'attack', undefined, undefined],
] as const)
  test(name, () => assert.equal(livenessObjection(mode, liveness, hold), expected));

test('asks in each mode what the lane asks there, and nothing of a lane without rules', () => {
  const liveness = { identification: 'require', verification: 'record', challenge: false } as const;
  assert.equal(padRequired({ liveness }, 'identification', wallTime(0)), 'require');
  assert.equal(padRequired({ liveness }, 'verification', wallTime(0)), 'record');
  assert.equal(padRequired({ liveness }, 'badge', wallTime(0)), 'off');
  assert.equal(padRequired({}, 'identification', wallTime(0)), 'off');
});

const off = { identification: 'off', verification: 'off' } as const;
const record = { identification: 'record', verification: 'off' } as const;
const require = { identification: 'require', verification: 'record' } as const;
const from = (start: number) => (at: number) => at >= start;
for (const [name, usual, exceptions, at, expected] of [
  ['asks the usual while no schedule holds', record, [{ during: never, ...require }], 5, 'record, off'],
  ['asks more while a schedule holds', record, [{ during: from(5), ...require }], 5, 'require, record'],
  ['asks less while a schedule holds', require, [{ during: from(5), ...off }], 5, 'off, off'],
  ['asks the usual again before it begins', require, [{ during: from(5), ...off }], 4, 'require, record'],
  [
    'asks what the first that holds says, however strict the next is',
    off,
    [
      { during: from(9), ...off },
      { during: from(0), ...record },
      { during: from(0), ...require },
    ],
    5,
    'record, off',
  ],
  [
    'asks the strictest of an exception where the time is no time',
    off,
    [
      { during: never, ...record },
      { during: never, ...require },
    ],
    Number.NaN,
    'require, record',
  ],
  [
    'asks the usual where the time is no time and that is the strictest',
    require,
    [{ during: never, ...off }],
    Number.POSITIVE_INFINITY,
    'require, record',
  ],
] as const)
  test(name, () => {
    const rules = { liveness: { ...usual, exceptions, challenge: false } };
    const asked = (['identification', 'verification'] as const).map((mode) =>
      padRequired(rules, mode, wallTime(at)),
    );
    assert.equal(asked.join(', '), expected);
  });

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
