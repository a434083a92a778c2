import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { identify } from '../../src/access/identify.js';
import type { Match, Observation } from '../../src/access/observation.js';
import { limitedClaim, limitedMatch } from '../../src/access/person-limit.js';
import { personId } from '../../src/base/ids.js';
import { falseMatchRate, frameSeq, monotonic } from '../../src/base/units.js';
import { holds } from '../support/properties.js';
import { now, rules } from './judging.js';

const [lane, limit] = [falseMatchRate(1e-5), falseMatchRate(1e-7)];
const match = (fmr: number, runnerUpFmr?: number): Match => ({
  person: personId('ada'),
  fmr: falseMatchRate(fmr),
  runnerUpFmr: runnerUpFmr === undefined ? undefined : falseMatchRate(runnerUpFmr),
});

test('a match within the person’s own limit counts with the rate of the nearest template that opens', () => {
  assert.equal(limitedMatch(match(1e-9), falseMatchRate(1e-8), { limit, lane }).fmr, 1e-8);
  assert.equal(limitedMatch(match(1e-9), falseMatchRate(1e-8), { limit, lane }).doubted, undefined);
});

for (const [what, held] of [
  ['above the limit', falseMatchRate(1e-6)],
  ['that is no number', falseMatchRate(Number.NaN)],
  ['of no template at all', undefined],
] as const)
  test(`a rate ${what} opens for nobody and still counts against others, by face and by badge`, () => {
    const limited = limitedMatch(match(1e-9), held, { limit, lane });
    assert.deepEqual([limited.fmr, limited.doubted, limited.disputed], [1e-9, true, true]);
    assert.equal(limitedClaim(held, { limit, lane }), 1);
  });

const rate = fc.oneof(
  fc.double({ min: 1e-12, max: 1, noNaN: true }),
  fc.constantFrom(1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 2e-5, Number.NaN),
);
const look = fc.record({
  person: fc.constantFrom('ada', 'bob').map(personId),
  frame: fc.integer({ min: 1, max: 10 }),
  fmr: rate,
  /** How much farther the nearest template is that was not set aside. */
  farther: fc.oneof(fc.constant(1), fc.double({ min: 1, max: 1e4, noNaN: true })),
  runnerUp: fc.option(rate, { nil: undefined }),
});

test('no limit of a person ever opens where nothing would have opened without it, for that person or another', async (t) => {
  await holds(
    t,
    fc.property(fc.array(look, { maxLength: 8 }), rate, (looks, bound) => {
      const { maxFmr } = rules;
      const seen = (isLimited: boolean): readonly Observation[] =>
        looks.map(({ person, frame, fmr, farther, runnerUp }) => {
          const raw: Match = {
            person,
            fmr: falseMatchRate(fmr),
            runnerUpFmr: runnerUp === undefined ? undefined : falseMatchRate(runnerUp),
          };
          const bounds = { limit: falseMatchRate(bound), lane: maxFmr };
          const held = falseMatchRate(fmr * farther);
          return {
            frame: frameSeq(frame),
            at: monotonic(now - (10 - frame)),
            match: isLimited && person === 'ada' ? limitedMatch(raw, held, bounds) : raw,
          };
        });
      const [without, within] = [identify(seen(false), now, rules), identify(seen(true), now, rules)];
      if (within.verdict !== 'open') return;
      assert.equal(without.verdict, 'open');
      assert.equal(without.verdict === 'open' && without.person, within.person);
    }),
    { short: 1000, long: 200_000 },
  );
});
