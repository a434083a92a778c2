import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  createKeyedTokenBuckets,
  createTokenBucket,
  fullBucket,
  type RateLimit,
  refilled,
} from '../../src/base/token-bucket.js';
import { monotonic } from '../../src/base/units.js';
import { holds } from '../support/properties.js';

const limit = fc.record({
  burst: fc.integer({ min: 1, max: 50 }),
  perSecond: fc.double({ min: 0, max: 100, noNaN: true }),
});
/** Of a clock that may be set back. */
const times = fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 200 });

/** What a limit lets through at most between two moments, with room for rounding. */
const most = ({ burst, perSecond }: RateLimit, span: number) => burst + (span / 1000) * perSecond + 1e-6;

test('a bucket gives its burst at once, refills as time passes, and never over', () => {
  const bucket = createTokenBucket({ burst: 3, perSecond: 2 });
  const taken = (at: number) => [1, 2, 3, 4].filter(() => bucket.take(monotonic(at))).length;
  assert.equal(taken(0), 3);
  assert.equal(taken(1000), 2);
  assert.equal(taken(900), 0);
  assert.equal(taken(1_000_000), 3);
  assert.equal(taken(Number.NaN), 0);
});

test('a cost that is no cost, and one above the burst, is never met', () => {
  const bucket = createTokenBucket({ burst: 3, perSecond: 1000 });
  for (const tokens of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 3.5])
    assert.equal(bucket.take(monotonic(5000), tokens), false, String(tokens));
  assert.equal(bucket.take(monotonic(5000), 3), true);
});

test('between any two moments a bucket never gives more than its burst and what flowed in, also when the clock is set back', async (t) => {
  await holds(
    t,
    fc.property(limit, times, (rule, moments) => {
      const bucket = createTokenBucket(rule);
      const given = moments.filter((at) => bucket.take(monotonic(at)));
      // Time that passed twice counts once: the farthest that the clock has come.
      const span = Math.max(...moments) - (moments[0] ?? 0);
      assert.ok(given.length <= most(rule, Math.max(0, span)), `${given.length} in ${span} ms`);
    }),
    { short: 500, long: 100_000 },
  );
});

test('asking in vain costs nothing: who asks often is served as often as who asks when it is time', async (t) => {
  await holds(
    t,
    fc.property(limit, fc.array(fc.nat(500), { maxLength: 100 }), (rule, gaps) => {
      const [often, rarely] = [createTokenBucket(rule), createTokenBucket(rule)];
      let now = 0;
      for (const gap of gaps) {
        now += gap;
        const isGiven = often.take(monotonic(now));
        for (let again = 0; again < 3 && !isGiven; again += 1) often.take(monotonic(now));
        assert.equal(rarely.take(monotonic(now)), isGiven);
      }
    }),
    { short: 500, long: 100_000 },
  );
});

test('a level is never above the burst and never falls by waiting', async (t) => {
  await holds(
    t,
    fc.property(limit, times, (rule, moments) => {
      let level = fullBucket(rule, monotonic(0));
      for (const at of moments) {
        const next = refilled({ ...level, left: level.left / 2 }, rule, monotonic(at));
        assert.ok(next.left >= level.left / 2 && next.left <= rule.burst && next.at >= level.at);
        level = next;
      }
    }),
    { short: 500, long: 100_000 },
  );
});

test('keys do not take from each other, as long as there is room for them', async (t) => {
  await holds(
    t,
    fc.property(limit, fc.array(fc.tuple(fc.nat(4), fc.nat(300)), { maxLength: 150 }), (rule, asked) => {
      const keyed = createKeyedTokenBuckets(rule, 5);
      const alone = [0, 1, 2, 3, 4].map(() => createTokenBucket(rule));
      let now = 0;
      for (const [key, gap] of asked) {
        now += gap;
        assert.equal(keyed.take(String(key), monotonic(now)), alone[key]?.take(monotonic(now)));
      }
    }),
    { short: 500, long: 100_000 },
  );
});

test('whoever invents keys never gets more than the limit times the keys that are remembered, and one more', async (t) => {
  await holds(
    t,
    fc.property(limit, fc.integer({ min: 1, max: 8 }), times, (rule, maxKeys, moments) => {
      const keyed = createKeyedTokenBuckets(rule, maxKeys);
      const sorted = moments.toSorted((a, b) => a - b);
      const given = sorted.filter((at, index) => keyed.take(`key ${index}`, monotonic(at)));
      const span = (sorted.at(-1) ?? 0) - (sorted[0] ?? 0);
      assert.ok(keyed.size <= maxKeys);
      assert.ok(given.length <= (maxKeys + 1) * most(rule, span), `${given.length} in ${span} ms`);
    }),
    { short: 500, long: 100_000 },
  );
});

test('a flood of invented keys takes nothing from a key that was there before', () => {
  const keyed = createKeyedTokenBuckets({ burst: 3, perSecond: 1 }, 4);
  const served = (at: number) => keyed.take('reader', monotonic(at));
  assert.ok(served(0));
  for (let n = 0; n < 10_000; n += 1) keyed.take(`invented ${n}`, monotonic(500));
  assert.deepEqual([served(500), served(500), served(500)], [true, true, false]);
  assert.equal(keyed.size, 4);
});
