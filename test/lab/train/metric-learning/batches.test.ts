import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomFrom } from '../../../../src/base/random.js';
import { batchesOf } from '../../../../src/lab/train/metric-learning/batches.js';

/** 30 people of five photos, then 50 of one. */
const people = Int32Array.from({ length: 200 }, (_, row) => (row < 150 ? Math.floor(row / 5) : row - 120));
const plan = { size: 20, perPerson: 3, impostors: 0.25 };

test('each person with several photos comes once an epoch, with at most so many photos', () => {
  const batches = batchesOf({ people }, plan, randomFrom(1));
  const seen = batches.flatMap((batch) => [...new Set(batch.map((row) => people[row]))]);
  for (let person = 0; person < 30; person += 1) assert.equal(seen.filter((one) => one === person).length, 1);
  for (const batch of batches)
    for (let person = 0; person < 30; person += 1) {
      const count = batch.filter((row) => people[row] === person).length;
      assert.ok(count === 0 || count === 3);
    }
});

test('a batch keeps its size, holds no row twice, and is filled up with people of one photo', () => {
  for (const batch of batchesOf({ people }, plan, randomFrom(2))) {
    assert.equal(batch.length, plan.size);
    assert.equal(new Set(batch).size, batch.length);
    assert.ok(batch.some((row) => row >= 150));
  }
});

test('does without impostors where there are none', () => {
  const batches = batchesOf({ people: people.slice(0, 150) }, plan, randomFrom(1));
  assert.equal(batches.flat().length, 30 * 3);
});

test('with sides, who is not on both can only be a stranger', () => {
  const of = Int32Array.of(1, 1, 1, 1, 2, 2, 3, 3);
  const sides = Uint8Array.of(0, 0, 1, 1, 0, 0, 0, 1);
  const [batch] = batchesOf({ people: of, sides }, { size: 8, perPerson: 1, impostors: 0.5 }, randomFrom(1));
  const count = (person: number) => batch?.filter((row) => of[row] === person).length;
  assert.deepEqual([count(1), count(3)], [2, 2]);
});

test('has no batch where nobody can be compared with itself', () => {
  assert.deepEqual(batchesOf({ people: Int32Array.of(1, 2, 3) }, plan, randomFrom(1)), []);
});
