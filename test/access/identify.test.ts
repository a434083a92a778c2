import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fmrBound } from '../../src/access/fmr-bound.js';
import { identify, identifyRulesFor } from '../../src/access/identify.js';
import type { Observation } from '../../src/access/observation.js';
import { personId } from '../../src/base/ids.js';
import { falseMatchRate, frameSeq, millis, monotonic } from '../../src/base/units.js';
import { holds } from '../support/properties.js';
import { now, outcomeOf, rules, saw } from './judging.js';

const NO = Number.NaN;

for (const [name, observations, outcome] of [
  ['opens when enough frames agree', [saw('ada', 8), saw('ada', 9), saw('ada', 10)], 'open for ada'],
  ['opens at the bound itself', [8, 9, 10].map((n) => saw('ada', n, { fmr: 1e-5 })), 'open for ada'],
  ['opens in whatever order they came', [saw('ada', 10), saw('ada', 8), saw('ada', 9)], 'open for ada'],
  [
    'opens over a frame that was not sure',
    [saw('ada', 7), saw('ada', 8), saw('bob', 9, { fmr: 1e-2 }), saw('ada', 10)],
    'open for ada',
  ],
  ['holds when nobody was seen', [], 'no-face'],
  ['holds when one frame is too few', [saw('ada', 10)], 'insufficient-evidence'],
  [
    'holds when one frame is counted three times',
    [saw('ada', 10), saw('ada', 10), saw('ada', 10)],
    'insufficient-evidence',
  ],
  ['holds when the face is like nobody', [8, 9, 10].map((n) => saw('ada', n, { fmr: 1.01e-5 })), 'unknown'],
  ['holds when the rate is no number', [8, 9, 10].map((n) => saw('ada', n, { fmr: NO })), 'unknown'],
  [
    'holds when two are about equally likely',
    [8, 9, 10].map((n) => saw('ada', n, { runnerUp: 9e-6 })),
    'ambiguous',
  ],
  ['holds when the lead is no number', [8, 9, 10].map((n) => saw('ada', n, { runnerUp: NO })), 'ambiguous'],
  [
    'holds when a second person is seen',
    [saw('ada', 7), saw('ada', 8), saw('ada', 9), saw('bob', 10)],
    'identity-conflict',
  ],
  [
    'holds when the second person leads by little',
    [saw('ada', 7), saw('ada', 8), saw('bob', 9, { runnerUp: 2e-6 }), saw('ada', 10)],
    'identity-conflict',
  ],
  [
    'holds when the newest picture shows somebody else',
    [saw('ada', 7), saw('ada', 8), saw('ada', 9), saw('ada', 10, { fmr: 0.5 })],
    'insufficient-evidence',
  ],
  [
    'holds when the newest agreeing picture is too old',
    [5, 6, 7].map((n) => saw('ada', n, { ago: 301 })),
    'stale-frame',
  ],
  [
    'holds when a frame has left the window',
    [saw('ada', 8, { ago: 2001 }), saw('ada', 9), saw('ada', 10)],
    'insufficient-evidence',
  ],
  [
    'holds when a frame comes from the future',
    [saw('ada', 8), saw('ada', 9), saw('ada', 11, { ago: -1 })],
    'insufficient-evidence',
  ],
  [
    'holds when the time of a frame is no number',
    [saw('ada', 8), saw('ada', 9), saw('ada', 10, { ago: NO })],
    'insufficient-evidence',
  ],
] as const) {
  test(name, () => assert.equal(outcomeOf(identify(observations, now, rules)), outcome));
}

test('needs no lead where nobody else is enrolled', () => {
  const alone = [8, 9, 10].map((n): Observation => {
    const { match, ...rest } = saw('ada', n);
    return match === undefined ? rest : { ...rest, match: { person: match.person, fmr: match.fmr } };
  });
  assert.equal(outcomeOf(identify(alone, now, rules)), 'open for ada');
});

test('promises the weakest of the frames that agreed', () => {
  const verdict = identify(
    [saw('ada', 8, { fmr: 1e-7 }), saw('ada', 9, { fmr: 8e-6 }), saw('ada', 10, { fmr: 1e-6 })],
    now,
    rules,
  );
  assert.deepEqual(verdict, {
    verdict: 'open',
    person: 'ada',
    frames: 3,
    weakest: 8e-6,
    newest: now,
  });
});

test('tells the best rate of an unknown face', () => {
  const verdict = identify([saw('ada', 9, { fmr: 0.3 }), saw('bob', 10, { fmr: 0.02 })], now, rules);
  assert.deepEqual(verdict, { verdict: 'pending', reason: 'unknown', frames: 0, best: 0.02 });
});

const number = fc.oneof(fc.double(), fc.constantFrom(0, 1e-9, 1e-6, 0.5, 1));
const observations = fc.array(
  fc.record({
    frame: fc.nat(12),
    at: fc.oneof(number, fc.constantFrom(9700, 9800, 9900, 10_000)),
    person: fc.constantFrom('ada', 'bob'),
    fmr: number,
    runnerUpFmr: number,
  }),
  { maxLength: 12 },
);

test('never opens without proof, whatever the numbers are', async (t) => {
  await holds(
    t,
    fc.property(
      observations,
      fc.record({ maxFmr: number, minMarginRatio: number, window: number, maxFrameAge: number }),
      (drawn, loose) => {
        const seen = drawn.map(
          ({ frame, at, person, fmr, runnerUpFmr }): Observation => ({
            frame: frameSeq(frame),
            at: monotonic(at),
            match: {
              person: personId(person),
              fmr: falseMatchRate(fmr),
              runnerUpFmr: falseMatchRate(runnerUpFmr),
            },
          }),
        );
        const bounds = {
          maxFmr: falseMatchRate(loose.maxFmr),
          minMarginRatio: loose.minMarginRatio,
          framesNeeded: 3,
          window: millis(loose.window),
          maxFrameAge: millis(loose.maxFrameAge),
        };
        const verdict = identify(seen, now, bounds);
        if (verdict.verdict === 'pending') return;
        const proof = seen.filter(
          ({ at, match }) =>
            match?.person === verdict.person &&
            match.fmr <= bounds.maxFmr &&
            (match.runnerUpFmr ?? Number.NaN) >= bounds.minMarginRatio * match.fmr &&
            now - at >= 0 &&
            now - at <= bounds.window,
        );
        assert.ok(new Set(proof.map(({ frame }) => frame)).size >= 3);
        assert.ok(proof.some(({ at }) => now - at <= bounds.maxFrameAge));
      },
    ),
    { short: 2000, long: 100_000 },
  );
});

test('the property above does meet open gates', () => {
  assert.equal(
    outcomeOf(
      identify(
        [8, 9, 10].map((n) => saw('ada', n)),
        now,
        rules,
      ),
    ),
    'open for ada',
  );
});

test('computes the rules for a gallery from its number of templates', () => {
  const identification = { maxFpir: 0.001, minMarginRatio: 10, framesNeeded: 3, window: millis(2000) };
  assert.deepEqual(identifyRulesFor({ identification, maxFrameAge: millis(300) }, 1000), {
    minMarginRatio: 10,
    framesNeeded: 3,
    window: 2000,
    maxFrameAge: 300,
    maxFmr: fmrBound(0.001, 1000),
  });
  assert.equal(identifyRulesFor({ maxFrameAge: millis(300) }, 1000), undefined);
});
