import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cosine, euclidean, squaredEuclidean } from '../../src/biometrics/distance.js';
import { holds } from '../support/properties.js';

const of = (...values: number[]) => Float32Array.from(values);
const vectors = fc
  .array(fc.float({ min: -10, max: 10, noNaN: true }), { minLength: 3, maxLength: 3 })
  .map((values) => Float32Array.from(values));

test('measures the textbook cases', () => {
  assert.equal(euclidean(of(0, 0), of(3, 4)), 5);
  assert.equal(squaredEuclidean(of(0, 0), of(3, 4)), 25);
  assert.equal(cosine(of(1, 0), of(0, 5)), 1);
  assert.equal(cosine(of(1, 0), of(-2, 0)), 2);
  assert.ok(cosine(of(1, 2), of(2, 4)) < 1e-12);
});

for (const [name, metric] of [
  ['euclidean', euclidean],
  ['squared euclidean', squaredEuclidean],
  ['cosine', cosine],
] as const) {
  test(`${name} is symmetric and never negative`, async (t) => {
    await holds(
      t,
      fc.property(vectors, vectors, (a, b) => {
        const there = metric(a, b);
        assert.ok(Object.is(there, metric(b, a)));
        assert.ok(!(there < 0));
      }),
      { short: 100, long: 20_000 },
    );
  });
  test(`${name} has no answer for vectors of different length or with NaN`, () => {
    assert.ok(Number.isNaN(metric(of(1, 2), of(1, 2, 3))));
    assert.ok(Number.isNaN(metric(of(1, Number.NaN), of(1, 2))));
  });
}

test('euclidean keeps the triangle inequality', async (t) => {
  await holds(
    t,
    fc.property(vectors, vectors, vectors, (a, b, c) => {
      assert.ok(euclidean(a, c) <= euclidean(a, b) + euclidean(b, c) + 1e-9);
    }),
    { short: 100, long: 100_000 },
  );
});

test('squared euclidean and cosine break the triangle inequality, and say so', () => {
  assert.ok(squaredEuclidean(of(0), of(2)) > squaredEuclidean(of(0), of(1)) + squaredEuclidean(of(1), of(2)));
  assert.ok(cosine(of(1, 0), of(0, 1)) > cosine(of(1, 0), of(1, 1)) + cosine(of(1, 1), of(0, 1)));
});

test('cosine has no answer for a zero vector', () => assert.ok(Number.isNaN(cosine(of(0, 0), of(1, 0)))));
