import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normal, randomFrom, shuffled, wholeBelow } from '../../src/base/random.js';

const many = (seed: number) => {
  const random = randomFrom(seed);
  return Array.from({ length: 20_000 }, random);
};

test('the same seed gives the same numbers, another seed others', () => {
  assert.deepEqual(many(5), many(5));
  assert.notDeepEqual(many(5).slice(0, 5), many(6).slice(0, 5));
});

test('stays within 0 and 1 and spreads evenly', () => {
  const tenths = new Array<number>(10).fill(0);
  for (const value of many(1)) {
    assert.ok(value >= 0 && value < 1);
    const tenth = Math.floor(value * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  for (const count of tenths) assert.ok(Math.abs(count - 2000) < 200, `${count}`);
});

test('draws whole numbers below a bound, each of them', () => {
  const random = randomFrom(3);
  assert.deepEqual(
    [...new Set(Array.from({ length: 200 }, () => wholeBelow(4, random)))].sort(),
    [0, 1, 2, 3],
  );
});

test('is normal with mean 0 and variance 1', () => {
  const random = randomFrom(4);
  const values = Array.from({ length: 20_000 }, () => normal(random));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  assert.ok(Math.abs(mean) < 0.03 && Math.abs(variance - 1) < 0.05, `${mean} ${variance}`);
});

test('shuffles without losing anything, and leaves the given list as it was', () => {
  const given = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const mixed = shuffled(given, randomFrom(1));
  assert.notDeepEqual(mixed, given);
  assert.deepEqual([...mixed].sort(), given);
  assert.deepEqual(given, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
