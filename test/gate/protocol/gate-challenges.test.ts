import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createChallenges } from '../../../src/gate/protocol/gate-challenges.js';
import { holds } from '../../support/properties.js';
import { at, challengeOf } from './sample.js';

test('the last four challenges are remembered, and no older one', () => {
  const challenges = createChallenges();
  for (const n of [1, 2, 3, 4, 5]) challenges.issue(challengeOf(n), at(1000 + n));
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((n) => challenges.stateOf(challengeOf(n), at(1010))),
    ['stale', 'good', 'good', 'good', 'good'],
  );
});

test('whatever was issued when, a challenge is good once and for two seconds at most', async (t) => {
  await holds(
    t,
    fc.property(
      fc.array(fc.nat(900), { minLength: 1, maxLength: 20 }),
      fc.nat(5000),
      fc.nat(19),
      (gaps, later, pick) => {
        const challenges = createChallenges();
        const issued: number[] = [];
        let now = 0;
        for (const [index, gap] of gaps.entries()) {
          now += gap;
          challenges.issue(challengeOf(index), at(now));
          issued.push(now);
        }
        const index = pick % issued.length;
        const age = now + later - (issued[index] ?? 0);
        const state = challenges.stateOf(challengeOf(index), at(now + later));
        assert.equal(state, age <= 2000 && index >= issued.length - 4 ? 'good' : 'stale');
        challenges.use(challengeOf(index));
        assert.notEqual(challenges.stateOf(challengeOf(index), at(now + later)), 'good');
      },
    ),
    { short: 100, long: 100_000 },
  );
});
