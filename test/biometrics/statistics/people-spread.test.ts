import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PairScores } from '../../../src/biometrics/statistics/pair-scores.js';
import { peopleSpread } from '../../../src/biometrics/statistics/people-spread.js';

const plan = { replicates: 400, seed: 1, margin: 1 };

/** @param pairs the nearest pairs of people, the nearest first, of 200 people with one photograph each. */
function scoresOf(pairs: readonly (readonly [number, number])[]): PairScores {
  return {
    photos: Array.from({ length: 200 }, () => ({ template: 1, live: 1 })),
    oneSet: true,
    mated: { distances: new Float32Array(), people: new Int32Array() },
    near: {
      distances: Float32Array.from(pairs, (_, i) => i / 1000),
      a: Int32Array.from(pairs, ([a]) => a),
      b: Int32Array.from(pairs, ([, b]) => b),
    },
    impostors: (200 * 199) / 2,
  };
}

const apart = Array.from({ length: 100 }, (_, i) => [2 * i, 2 * i + 1] as const);
const ofOne = Array.from({ length: 100 }, (_, i) => [0, i + 1] as const);

test('a hundred near pairs of one person say far less than a hundred of two hundred people', () => {
  const [independent, shared] = [peopleSpread(scoresOf(apart), plan), peopleSpread(scoresOf(ofOne), plan)];
  // Drawn with replacement the one person is there thrice or more in 8 of 100 replicates.
  assert.ok(shared(100) > 2.5, `${shared(100)}`);
  assert.ok(independent(100) < 1.5, `${independent(100)}`);
});

test('the fewer the pairs, the further the rate may lie above', () => {
  const spread = peopleSpread(scoresOf(apart), plan);
  assert.ok(spread(3) > spread(30) && spread(30) > spread(100) && spread(100) >= 1);
});

test('beyond the pairs that were kept the ratio of the last holds, which is the smallest', () => {
  const spread = peopleSpread(scoresOf(apart), plan);
  assert.equal(spread(5000), spread(101));
  assert.ok(spread(5000) > 1 && spread(5000) <= spread(100));
});

test('a margin multiplies it, and the same seed gives the same', () => {
  const once = peopleSpread(scoresOf(ofOne), plan);
  const twice = peopleSpread(scoresOf(ofOne), { ...plan, margin: 2 });
  assert.ok(Math.abs(twice(50) - 2 * once(50)) < 1e-9);
  assert.equal(peopleSpread(scoresOf(ofOne), plan)(50), once(50));
});
