import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { allowingForNone, rateOf } from '../../../src/biometrics/statistics/clopper-pearson.js';
import {
  countsText,
  percentDigits,
  rateText,
  smallCountsText,
} from '../../../src/biometrics/statistics/rate-text.js';
import { holds } from '../../support/properties.js';

test('writes none of many with the bound that it has, however small', () => {
  assert.equal(rateText(rateOf(0, 40_000)), '0.0 % (0 of 40,000; 0.0 % to 0.01 %)');
  assert.equal(rateText(rateOf(40_000, 40_000)), '100.0 % (40,000 of 40,000; 99.99 % to 100.0 %)');
  assert.equal(countsText(rateOf(5, 10)), '5 of 10 (18.7 % to 81.3 %)');
  assert.equal(smallCountsText(rateOf(0, 1e6)), '0 of 1,000,000 (0 to 3.7e-6)');
  assert.equal(countsText(rateOf(0, 0)), '0 of 0');
  assert.equal(rateText(rateOf(0, 0)), 'nothing was judged');
});

test('never writes an interval of a count as one value, nor a share of some as none or all', async (t) => {
  await holds(
    t,
    fc.property(fc.integer({ min: 1, max: 2_000_000 }), fc.boolean(), (of, all) => {
      const text = rateText(rateOf(all ? of : 0, of));
      const [, from, to] = /; (\S+) % to (\S+) %/.exec(text) ?? [];
      assert.ok(Number(from) < Number(to), text);
    }),
    { short: 100, long: 5_000 },
  );
  await holds(
    t,
    fc.property(fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true }), (share) => {
      const shown = Number(percentDigits(share, 1));
      assert.ok(shown > 0 && shown < 100, `${share} as ${shown}`);
    }),
    { short: 200, long: 5_000 },
  );
});

test('widens an interval of none and of all, and leaves every other as it is', () => {
  assert.deepEqual(allowingForNone({ value: 0, from: 0, to: 0 }, 150), {
    value: 0,
    from: 0,
    to: rateOf(0, 150).to,
  });
  assert.deepEqual(allowingForNone({ value: 1, from: 1, to: 1 }, 150), {
    value: 1,
    from: rateOf(150, 150).from,
    to: 1,
  });
  const wide = { value: 0, from: 0, to: 0.5 };
  assert.deepEqual(allowingForNone(wide, 150), wide);
  const some = { value: 0.1, from: 0.1, to: 0.1 };
  assert.equal(allowingForNone(some, 150), some);
});
