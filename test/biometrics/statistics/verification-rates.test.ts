import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { kFoldAccuracy, matchRatesAt } from '../../../src/biometrics/statistics/verification-rates.js';

test('is perfect where one threshold tells all pairs apart', () => {
  const distances = [0.1, 0.2, 0.3, 0.4, 0.8, 0.9, 1, 1.1];
  const same = [true, true, true, true, false, false, false, false];
  const { accuracyMean, standardError, folds } = kFoldAccuracy(distances, same, 2);
  assert.deepEqual([accuracyMean, standardError, folds.length], [1, 0, 2]);
  for (const { threshold } of folds) assert.ok(threshold >= 0.4 && threshold < 0.8);
});

test('chooses a fold’s threshold without looking at that fold', () => {
  // Same pairs of the first fold lie at 0.6, those of the second at 0.1; strangers at 0.5 and at 0.9.
  const distances = [0.6, 0.6, 0.1, 0.1, 0.9, 0.9, 0.5, 0.5];
  const same = [true, true, true, true, false, false, false, false];
  const { folds } = kFoldAccuracy(distances, same, 2);
  // From the second fold: 0.3; it misses both same pairs of the first. From the first fold: 0.75; it lets both strangers in.
  assert.deepEqual(
    folds.map(({ accuracy, threshold }) => [accuracy, Number(threshold.toFixed(6))]),
    [
      [0.5, 0.3],
      [0.5, 0.75],
    ],
  );
});

test('gives mean and standard error of the folds', () => {
  const distances = [0.1, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9, 0.1];
  const same = [true, true, true, true, false, false, false, false];
  const { accuracyMean, standardError, folds } = kFoldAccuracy(distances, same, 4);
  assert.deepEqual(
    folds.map(({ accuracy }) => accuracy),
    [1, 1, 1, 0.5],
  );
  assert.equal(accuracyMean, 0.875);
  assert.ok(Math.abs(standardError - 0.125) < 1e-12);
});

test('never separates two pairs at one distance', () => {
  const { folds } = kFoldAccuracy([0.5, 0.5, 0.5, 0.5], [true, true, false, false], 2);
  for (const { accuracy } of folds) assert.equal(accuracy, 0.5);
});

test('counts a missing distance as different', () => {
  const { accuracyMean } = kFoldAccuracy(
    [Number.NaN, 0.1, 0.1, 0.9, 0.9, 0.9],
    [true, true, true, false, false, false],
    3,
  );
  assert.ok(Math.abs(accuracyMean - (0.5 + 1 + 1) / 3) < 1e-12);
});

test('gives the true match rate with its counts', () => {
  const impostors = Float32Array.from({ length: 1000 }, (_, i) => 1 + i / 1000);
  const mated = Float32Array.of(0.2, 0.5, 1.0005, 1.5);
  const rate = matchRatesAt([1e-3], mated, impostors)[0];
  assert.deepEqual(
    rate && [rate.tmr, rate.matches, rate.matedPairs, rate.falseMatches, rate.impostorPairs],
    [0.75, 3, 4, 1, 1000],
  );
});

test('says nothing of a rate that so few pairs cannot show', () => {
  assert.deepEqual(matchRatesAt([1e-4], Float32Array.of(0.1), new Float32Array(9999)), []);
  assert.deepEqual(matchRatesAt([1e-2], new Float32Array(), new Float32Array(9999)), []);
});

test('never lets more impostors through than the rate allows', () => {
  const numbers = fc.array(fc.float({ min: 0, max: 2, noNaN: true }), { minLength: 20, maxLength: 200 });
  fc.assert(
    fc.property(
      numbers,
      numbers,
      fc.double({ min: 0.05, max: 0.5, noNaN: true }),
      (mated, impostors, fmr) => {
        const rate = matchRatesAt([fmr], Float32Array.from(mated), Float32Array.from(impostors))[0];
        assert.ok(rate !== undefined && rate.falseMatches <= fmr * impostors.length + 1e-9);
      },
    ),
  );
});
