import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rateOf } from '../../../src/biometrics/statistics/clopper-pearson.js';
import { holds } from '../../support/properties.js';

// Summed term by term with whole binomial coefficients and halved to 1e-15.
for (const [errors, of, from, to] of [
  [0, 150, 0, 0.0242926],
  [0, 10, 0, 0.3084971],
  [1, 10, 0.0025286, 0.4450161],
  [5, 10, 0.187086, 0.812914],
  [10, 10, 0.6915029, 1],
  [12, 421, 0.014813, 0.04926],
  [500, 1000, 0.4685492, 0.5314508],
] as const)
  test(`gives the exact interval of ${errors} of ${of}`, () => {
    const rate = rateOf(errors, of);
    assert.ok(Math.abs(rate.from - from) < 1e-6, `from ${rate.from}`);
    assert.ok(Math.abs(rate.to - to) < 1e-6, `to ${rate.to}`);
    assert.equal(rate.rate, errors / of);
  });

test('says of nothing that anything is possible', () => {
  const { rate, from, to } = rateOf(0, 0);
  assert.ok(Number.isNaN(rate));
  assert.deepEqual([from, to], [0, 1]);
});

test('holds the rate, mirrors itself, and is narrower the more was counted', async (t) => {
  await holds(
    t,
    fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(60), (of, any) => {
      const errors = Math.min(any, of);
      const rate = rateOf(errors, of);
      assert.ok(rate.from <= rate.rate && rate.rate <= rate.to);
      const mirror = rateOf(of - errors, of);
      assert.ok(Math.abs(mirror.from - (1 - rate.to)) < 1e-9);
      const more = rateOf(errors * 4, of * 4);
      assert.ok(more.to - more.from < rate.to - rate.from + 1e-9);
    }),
    { short: 100, long: 5_000 },
  );
});
