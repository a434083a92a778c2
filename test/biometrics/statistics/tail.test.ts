import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { randomFrom } from '../../../src/base/random.js';
import { fitTail, rateIn } from '../../../src/biometrics/statistics/tail.js';
import { holds } from '../../support/properties.js';

/** Distances that lie under 1 by generalised Pareto amounts. */
const drawn = (shape: number, scale: number, count: number, seed: number): Float32Array => {
  const random = randomFrom(seed);
  const under = () => {
    const rest = 1 - random();
    return shape === 0 ? -scale * Math.log(rest) : (scale * (rest ** -shape - 1)) / shape;
  };
  return Float32Array.from({ length: count }, () => 1 - under()).sort();
};

for (const shape of [0, 0.2, 0.4])
  test(`finds the shape ${shape} and the scale that the distances were drawn with`, () => {
    const tail = fitTail({ distances: drawn(shape, 0.03, 20_000, 3), all: 2e7 }, 1);
    assert.ok(tail !== undefined && Math.abs(tail.shape - shape) < 0.05, `${tail?.shape}`);
    assert.ok(Math.abs(tail.scale - 0.03) < 0.002, `${tail.scale}`);
    assert.equal(tail.share, 1e-3);
  });

test('never has a lighter tail than the exponential, however suddenly the distances end', () => {
  const random = randomFrom(1);
  const even = Float32Array.from({ length: 5000 }, () => 0.9 + 0.1 * random()).sort();
  const tail = fitTail({ distances: even, all: 5e6 }, 1);
  assert.equal(tail?.shape, 0);
  assert.ok(tail !== undefined && rateIn(tail, 0.8) > 0);
});

test('a weight of two is the same pair twice', () => {
  const once = drawn(0.1, 0.02, 400, 5);
  const weights = Float64Array.from(once, (_, i) => 1 + (i % 2));
  const twice = Float32Array.from([...once].flatMap((value, i) => (i % 2 === 0 ? [value] : [value, value])));
  const [weighed, plain] = [
    fitTail({ distances: once, weights, all: 1e6 }, 1),
    fitTail({ distances: twice, all: 1e6 }, 1),
  ];
  assert.ok(weighed !== undefined && plain !== undefined);
  assert.ok(Math.abs(weighed.scale - plain.scale) < 1e-4 && weighed.share === plain.share);
});

test('the rate never rises as the distance falls, and joins at the edge', async (t) => {
  const tail = fitTail({ distances: drawn(0.2, 0.05, 1000, 7), all: 1e6 }, 1);
  assert.ok(tail !== undefined);
  assert.equal(rateIn(tail, 1), tail.share);
  const at = fc.double({ min: 0, max: 1, noNaN: true });
  await holds(
    t,
    fc.property(at, at, (a, b) => assert.ok(rateIn(tail, Math.min(a, b)) <= rateIn(tail, Math.max(a, b)))),
    { short: 100, long: 100_000 },
  );
});

test('has nothing to say of distances that are all one', () => {
  assert.equal(fitTail({ distances: new Float32Array(300).fill(1), all: 1e6 }, 1), undefined);
});
