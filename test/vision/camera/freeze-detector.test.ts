import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { millis, monotonic } from '../../../src/base/units.js';
import { checkFreshness, type Freshness } from '../../../src/vision/camera/freeze-detector.js';
import { holds } from '../../support/properties.js';

const limits = { frozenAfter: millis(2000), lateAfter: millis(300) };
const wall = Uint8Array.from([7, 7, 7, 7]);
const noise = Uint8Array.from([7, 7, 8, 7]);
const seen = { sample: wall, at: monotonic(10_000) };

for (const [name, sample, taken, now, expected] of [
  ['a picture that differs in one byte', noise, 10_030, 10_030, 'fresh'],
  ['a new picture just in time', noise, 10_000, 10_300, 'fresh'],
  ['a new picture that lay about', noise, 10_000, 10_301, 'late'],
  ['the same picture at once', wall, 10_030, 10_030, 'repeated'],
  ['the same picture just before the limit', wall, 11_999, 11_999, 'repeated'],
  ['the same picture at the limit', wall, 12_000, 12_000, 'frozen'],
  ['a picture of another size', wall.subarray(1), 10_030, 10_030, 'fresh'],
] as const satisfies readonly (readonly [string, Uint8Array, number, number, Freshness])[])
  test(`calls ${name} ${expected}`, () => {
    const verdict = checkFreshness({ sample, taken: monotonic(taken), now: monotonic(now) }, seen, limits);
    assert.equal(verdict.freshness, expected);
  });

test('calls the first picture fresh', () => {
  const { freshness } = checkFreshness(
    { sample: wall, taken: monotonic(5), now: monotonic(5) },
    undefined,
    limits,
  );
  assert.equal(freshness, 'fresh');
});

test('takes the time of the last change for how long a picture stood still', async (t) => {
  const isChange = fc.array(fc.boolean(), { maxLength: 60 });
  await holds(
    t,
    fc.property(isChange, (changes) => {
      let last: Parameters<typeof checkFreshness>[1];
      let value = 0;
      let changedAt = 0;
      changes.forEach((change, index) => {
        const now = index * 150;
        if (change || index === 0) {
          value += 1;
          changedAt = now;
        }
        const sample = Uint8Array.from([value]);
        const verdict = checkFreshness({ sample, taken: monotonic(now), now: monotonic(now) }, last, limits);
        last = verdict.lastChange;
        const still = now === changedAt ? 'fresh' : now - changedAt < 2000 ? 'repeated' : 'frozen';
        assert.equal(verdict.freshness, still);
      });
    }),
    { short: 100, long: 100_000 },
  );
});
