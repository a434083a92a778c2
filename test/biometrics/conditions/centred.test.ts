import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { centred, strictDistance } from '../../../src/biometrics/conditions/centred.js';
import { distanceOf } from '../../../src/biometrics/distance.js';

const SIZE = 4;
const coordinate = fc.double({ min: -1, max: 1, noNaN: true });
const vector = fc
  .array(coordinate, { minLength: SIZE, maxLength: SIZE })
  .filter((values) => Math.hypot(...values) > 0.01)
  .map((values) => Float32Array.from(values));
const offset = fc
  .array(fc.double({ min: -0.5, max: 0.5, noNaN: true }), { minLength: SIZE, maxLength: SIZE })
  .map((values) => Float64Array.from(values));
const maybe = fc.option(offset, { nil: undefined });
const metric = fc.constantFrom('euclidean' as const, 'cosine' as const);

test('the distance that counts is never smaller than the raw one, whatever is taken away', () => {
  fc.assert(
    fc.property(metric, vector, vector, maybe, maybe, (by, template, live, a, b) => {
      const counted = strictDistance(by, template, live, { template: a, live: b });
      const raw = distanceOf[by](template, live);
      assert.ok(Number.isNaN(counted) || counted >= raw, `${counted} < ${raw}`);
    }),
  );
});

test('nothing taken away leaves the raw distance', () => {
  fc.assert(
    fc.property(metric, vector, vector, (by, template, live) => {
      const none = new Float64Array(SIZE);
      const raw = distanceOf[by](template, live);
      assert.equal(strictDistance(by, template, live, {}), raw);
      const zero = strictDistance(by, template, live, { template: none, live: none });
      assert.ok(Math.abs(zero - raw) < 1e-6);
    }),
  );
});

test('a vector keeps its length and the numbers behind the offset', () => {
  fc.assert(
    fc.property(vector, offset, fc.tuple(coordinate, coordinate), (of, by, behind) => {
      const long = Float32Array.from([...of, ...behind]);
      const rest = centred(long, by);
      assert.deepEqual([...rest.subarray(SIZE)], [...long.subarray(SIZE)]);
      const length = Math.hypot(...rest.subarray(0, SIZE));
      assert.ok(Number.isNaN(length) || Math.abs(length / Math.hypot(...of) - 1) < 1e-5);
    }),
  );
});

test('what is taken away does not depend on the length of the vector', () => {
  fc.assert(
    fc.property(vector, offset, (of, by) => {
      const one = centred(of, by);
      const two = centred(
        of.map((value) => 2 * value),
        by,
      );
      one.forEach((value, i) => {
        assert.ok(Number.isNaN(value) || Math.abs(2 * value - (two[i] ?? Number.NaN)) < 1e-4);
      });
    }),
  );
});

test('two faces whose likeness is what their camera shows are apart without it', () => {
  // Both point to where the wall is, and differ only beside that.
  const [ada, bo] = [Float32Array.from([0.6, 0.8, 0, 0]), Float32Array.from([0.6, 0, 0.8, 0])];
  const wall = Float64Array.from([0.6, 0, 0, 0]);
  const raw = strictDistance('euclidean', ada, bo, {});
  const counted = strictDistance('euclidean', ada, bo, { template: wall, live: wall });
  assert.ok(raw < 1.2 && Math.abs(counted - Math.SQRT2) < 1e-6, `${raw} ${counted}`);
});

test('a vector that is nothing but the offset matches nobody, itself included', () => {
  const same = Float32Array.from([0.5, 0.5, 0.5, 0.5]);
  const by = Float64Array.from(same);
  assert.ok(Number.isNaN(strictDistance('euclidean', same, same, { template: by, live: by })));
});

test('a vector of another length or with a number that is none matches nobody', () => {
  const good = Float32Array.from([1, 0, 0, 0]);
  const by = Float64Array.from([0.1, 0, 0, 0]);
  for (const bad of [Float32Array.of(1, 0), Float32Array.of(Number.NaN, 1, 0, 0), new Float32Array(4)])
    for (const [a, b] of [
      [bad, good],
      [good, bad],
    ] as const)
      assert.ok(Number.isNaN(strictDistance('euclidean', a, b, { template: by, live: by })));
});
