import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { evidenceOn, fusableLooks } from '../../src/access/fused-evidence.js';
import { identify } from '../../src/access/identify.js';
import type { FusedEvidence, Match } from '../../src/access/observation.js';
import type { FaceObservation } from '../../src/access/subject.js';
import { verify } from '../../src/access/verify.js';
import { personId } from '../../src/base/ids.js';
import { type FalseMatchRate, falseMatchRate, frameSeq, millis, monotonic } from '../../src/base/units.js';
import { holds } from '../support/properties.js';
import { claimOf, now, outcomeOf, rules, saw } from './judging.js';

const window = millis(2000);
const lookAt = (frame: number, at: number): FaceObservation => ({
  observation: { frame: frameSeq(frame), at: monotonic(at) },
  embedding: Float32Array.of(1, 0),
});
const framesOf = (looks: readonly FaceObservation[]) => looks.map(({ observation }) => observation.frame);

for (const [name, looks, frames] of [
  ['nothing of nothing', [], []],
  ['all that follow each other', [lookAt(1, 0), lookAt(2, 500), lookAt(3, 1000)], [1, 2, 3]],
  ['in the order of their frames', [lookAt(3, 200), lookAt(1, 0), lookAt(2, 100)], [1, 2, 3]],
  ['one frame once', [lookAt(1, 0), lookAt(1, 0), lookAt(2, 100)], [1, 2]],
  ['nothing before a gap', [lookAt(1, 0), lookAt(2, 100), lookAt(3, 601), lookAt(4, 700)], [3, 4]],
  [
    'nothing outside the window',
    [0, 450, 900, 1350, 1800, 2250].map((at, i) => lookAt(i, at)),
    [1, 2, 3, 4, 5],
  ],
  ['nothing before a clock that went back', [lookAt(1, 500), lookAt(2, 100), lookAt(3, 200)], [2, 3]],
  ['nothing before a time that is no number', [lookAt(1, 0), lookAt(2, Number.NaN), lookAt(3, 100)], [3]],
] as const)
  test(`fuses ${name}`, () => assert.deepEqual(framesOf(fusableLooks(looks, window)), frames));

const together = (
  frames: readonly number[],
  person = 'ada',
  more: Partial<Match> = {},
): FusedEvidence<Match> => ({
  frames: frames.map(frameSeq),
  result: {
    person: personId(person),
    fmr: falseMatchRate(1e-6),
    runnerUpFmr: falseMatchRate(0.1),
    ...more,
  },
});
const weak = (frame: number, person = 'ada', fmr = 1e-4) => saw(person, frame, { fmr });
const looks = [weak(8), weak(9), weak(10)];

for (const [name, seen, evidence, outcome] of [
  ['opens where three weak looks are strong together', looks, [together([8, 9, 10])], 'open for ada'],
  [
    'opens at half the bound of one look',
    looks,
    [together([8, 9, 10], 'ada', { fmr: falseMatchRate(5e-6) })],
    'open for ada',
  ],
  [
    'holds where they are weak together as well',
    looks,
    [together([8, 9, 10], 'ada', { fmr: falseMatchRate(5.1e-6) })],
    'unknown',
  ],
  [
    'holds where the rate is no number',
    looks,
    [together([8, 9, 10], 'ada', { fmr: falseMatchRate(Number.NaN) })],
    'unknown',
  ],
  [
    'holds where the next person is about as near',
    looks,
    [together([8, 9, 10], 'ada', { runnerUpFmr: falseMatchRate(9e-6) })],
    'ambiguous',
  ],
  [
    'holds where the second opinion doubts',
    looks,
    [together([8, 9, 10], 'ada', { doubted: true })],
    'ambiguous',
  ],
  ['holds where the newest look is not among them', [weak(7), ...looks], [together([7, 8, 9])], 'unknown'],
  ['holds where one of them does not count any more', [weak(9), weak(10)], [together([8, 9, 10])], 'unknown'],
  [
    'holds where the newest look shows somebody else',
    [weak(8), weak(9), weak(10, 'bob')],
    [together([8, 9, 10])],
    'insufficient-evidence',
  ],
  [
    'holds where the newest look shows nobody',
    [weak(8), weak(9), weak(10, 'ada', 0.02)],
    [together([8, 9, 10])],
    'insufficient-evidence',
  ],
  [
    'holds where one look shows another person for sure',
    [saw('bob', 8), weak(9), weak(10)],
    [together([8, 9, 10])],
    'identity-conflict',
  ],
  [
    'holds where the newest look is old',
    [5, 6, 7].map((n) => saw('ada', n, { fmr: 1e-4, ago: 301 })),
    [together([5, 6, 7])],
    'stale-frame',
  ],
  [
    'opens as before where looks agree one by one that are not sure together',
    [saw('ada', 8), saw('ada', 9), saw('ada', 10)],
    [together([8, 9, 10], 'ada', { fmr: falseMatchRate(0.1) })],
    'open for ada',
  ],
] as const)
  test(`1:N ${name}`, () => assert.equal(outcomeOf(identify(seen, now, rules, evidence)), outcome));

test('promises the rate of the looks together, and says how many they were', () => {
  const verdict = identify(looks, now, rules, [together([8, 9, 10])]);
  assert.deepEqual(
    verdict.verdict === 'open' ? [verdict.weakest, verdict.frames, verdict.fused, verdict.newest] : verdict,
    [1e-6, 3, true, now],
  );
});

test('without looks that were fused enough must agree, as before', () => {
  assert.equal(outcomeOf(identify(looks, now, rules, [])), 'unknown');
  assert.equal(
    outcomeOf(
      identify(
        [8, 9, 10].map((n) => saw('ada', n)),
        now,
        rules,
        [],
      ),
    ),
    'open for ada',
  );
});

const like = (frame: number, claimed: number, ago?: number) =>
  saw('ada', frame, ago === undefined ? { claimed } : { claimed, ago });
const claimed = (frames: readonly number[], fmr: number): FusedEvidence<FalseMatchRate> => ({
  frames: frames.map(frameSeq),
  result: falseMatchRate(fmr),
});

for (const [name, observations, fused, outcome] of [
  [
    'opens where weak looks are strong together',
    [like(8, 1e-4), like(9, 1e-4), like(10, 1e-4)],
    claimed([8, 9, 10], 1e-6),
    'open for ada',
  ],
  [
    'holds where the newest look is another face',
    [like(8, 1e-6), like(9, 1e-6), like(10, 0.5)],
    claimed([8, 9, 10], 1e-6),
    'insufficient-evidence',
  ],
  [
    'holds where the looks together are another face',
    [like(8, 1e-4), like(9, 1e-4), like(10, 1e-4)],
    claimed([8, 9, 10], 1e-4),
    'badge-face-mismatch',
  ],
  [
    'holds where the rate is no number',
    [like(8, 1e-4), like(9, 1e-4), like(10, 1e-4)],
    claimed([8, 9, 10], Number.NaN),
    'badge-face-mismatch',
  ],
  [
    'holds where the newest look is old',
    [like(5, 1e-4, 310), like(6, 1e-4, 305), like(7, 1e-4, 301)],
    claimed([5, 6, 7], 1e-6),
    'stale-frame',
  ],
  [
    'counts where the fused looks are not the newest',
    [like(8, 1e-6), like(9, 1e-6), like(10, 1e-6)],
    claimed([7, 8, 9], 0.9),
    'open for ada',
  ],
] as const)
  test(`1:1 ${name}`, () =>
    assert.equal(outcomeOf(verify({ observations, fused }, claimOf('ada'), now, rules)), outcome));

test('takes of two sets that stand on the looks the larger', () => {
  const [three, five] = [together([8, 9, 10]), together([6, 7, 8, 9, 10])];
  const seen = [6, 7, 8, 9, 10].map((frame) => weak(frame));
  assert.equal(evidenceOn(seen, [three, five]), five);
  assert.equal(evidenceOn(seen.slice(2), [three, five]), three);
});

test('never opens by fused looks whose newest does not show that person, or beyond their bound, and takes nothing from looks that agree', async (t) => {
  const rate = fc.constantFrom(1e-7, 1e-6, 1e-5, 1e-4, 1e-2, 0.011, 0.5, 1, Number.NaN);
  const one = fc.record({
    who: fc.constantFrom('ada', 'bob'),
    fmr: rate,
    ago: fc.integer({ min: 0, max: 400 }),
  });
  let opened = 0;
  await holds(
    t,
    fc.property(
      fc.array(one, { minLength: 3, maxLength: 5 }),
      fc.constantFrom('ada', 'bob'),
      rate,
      (shown, person, fmr) => {
        const seen = shown.map(({ who, fmr: own, ago }, i) => saw(who, i, { fmr: own, ago }));
        const evidence = together(
          shown.map((_, i) => i),
          person,
          { fmr: falseMatchRate(fmr) },
        );
        const verdict = identify(seen, now, rules, [evidence]);
        const without = identify(seen, now, rules);
        // What opened before opens still, unless somebody else is sure together.
        if (without.verdict === 'open' && !(fmr <= rules.maxFmr / 2 && person !== without.person))
          assert.deepEqual(verdict, without);
        if (verdict.verdict !== 'open') return;
        if (verdict.fused === undefined) return assert.deepEqual(verdict, without);
        opened += 1;
        const last = shown.at(-1);
        assert.equal(verdict.person, person);
        assert.ok(
          fmr <= rules.maxFmr / 2 &&
            last?.who === person &&
            last.fmr <= 1e-2 &&
            last.ago <= rules.maxFrameAge,
        );
        assert.ok(!shown.some(({ who, fmr: own }) => who !== person && own <= rules.maxFmr));
      },
    ),
    { short: 2000, long: 100_000 },
  );
  assert.ok(opened > 0);
});
