import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fmrBound, formatOdds } from '../../src/access/fmr-bound.js';
import { falseMatchRate } from '../../src/base/units.js';
import { holds } from '../support/properties.js';

const rate = fc.double({ min: 1e-9, max: 0.5, noNaN: true });
const size = fc.integer({ min: 1, max: 1_000_000 });

test('keeps the promise for the whole gallery', async (t) => {
  await holds(
    t,
    fc.property(rate, size, (maxFpir, n) => {
      const fpir = -Math.expm1(n * Math.log1p(-fmrBound(maxFpir, n)));
      assert.ok(Math.abs(fpir / maxFpir - 1) < 1e-6);
    }),
    { short: 100, long: 100_000 },
  );
});

test('is tighter for each template more', async (t) => {
  await holds(
    t,
    fc.property(rate, size, (maxFpir, n) => assert.ok(fmrBound(maxFpir, n + 1) < fmrBound(maxFpir, n))),
    { short: 100, long: 100_000 },
  );
});

for (const [maxFpir, comparisons, bound] of [
  [0.001, 1, 0.001],
  [0.001, 1000, 1.0005e-6],
  [0.01, 0, 0.01],
] as const) {
  test(`is ${bound} for one in ${1 / maxFpir} among ${comparisons}`, () => {
    assert.ok(Math.abs(fmrBound(maxFpir, comparisons) / bound - 1) < 1e-4);
  });
}

test('passes no rate when the wish is no number', () => {
  assert.equal(0 <= fmrBound(Number.NaN, 10), false);
});

for (const [fmr, said] of [
  [1, '1 in 1'],
  [0.02, '1 in 50'],
  [4e-6, '1 in 250,000'],
  [3.0000001e-6, '1 in 333,000'],
  [1 / 999_999, '1 in 999,000'],
  [1e-3, '1 in 1,000'],
] as const) {
  test(`says ${fmr} as ${said}`, () => assert.equal(formatOdds(falseMatchRate(fmr)), said));
}
