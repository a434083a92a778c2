import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { countBelow, detCurve, equalErrorRate } from '../../../src/biometrics/statistics/det.js';

const distances = fc
  .array(fc.float({ min: 0, max: 10, noNaN: true }), { minLength: 1, maxLength: 60 })
  .map((values) => Float32Array.from(values));

test('as the threshold rises more strangers pass and fewer people are refused', () => {
  fc.assert(
    fc.property(distances, distances, (mated, impostors) => {
      const curve = detCurve(mated, impostors, 20);
      curve.forEach((point, i) => {
        const before = curve[i - 1];
        if (before === undefined) return;
        assert.ok(
          point.threshold >= before.threshold && point.fmr >= before.fmr && point.fnmr <= before.fnmr,
        );
      });
    }),
  );
});

test('each point is a count at its threshold', () => {
  fc.assert(
    fc.property(distances, distances, (mated, impostors) => {
      for (const { threshold, fmr, fnmr } of detCurve(mated, impostors, 9)) {
        assert.equal(fmr, impostors.filter((value) => value < threshold).length / impostors.length);
        assert.equal(fnmr, 1 - mated.filter((value) => value < threshold).length / mated.length);
      }
    }),
  );
});

test('ends where all strangers pass', () => {
  const curve = detCurve(Float32Array.of(1, 2), Float32Array.of(3, 4, 5), 5);
  assert.deepEqual(curve.at(-1), { threshold: Number.POSITIVE_INFINITY, fmr: 1, fnmr: 0 });
});

test('a pair without a distance never matches', () => {
  const curve = detCurve(Float32Array.of(1, Number.NaN), Float32Array.of(3, 4), 3);
  assert.ok(curve.every(({ fnmr }) => fnmr >= 0.5));
});

test('is empty where there is nothing to compare', () => {
  assert.deepEqual(detCurve(new Float32Array(), Float32Array.of(1), 3), []);
});

test('both errors are one half where nothing can be told apart, and nothing where all can', () => {
  const mixed = Float32Array.from({ length: 101 }, (_, i) => i);
  const half = equalErrorRate(detCurve(mixed, mixed, 500)) ?? Number.NaN;
  assert.ok(Math.abs(half - 0.5) < 0.02, `${half}`);
  assert.equal(equalErrorRate(detCurve(Float32Array.of(1, 2), Float32Array.of(3, 4, 5, 6), 9)), 0);
});

test('counts what is below, not what is equal', () => {
  assert.equal(countBelow(Float32Array.of(1, 2, 2, 3, Number.NaN), 2), 1);
  assert.equal(countBelow(Float32Array.of(1, 2, 2, 3, Number.NaN), Number.POSITIVE_INFINITY), 4);
});
