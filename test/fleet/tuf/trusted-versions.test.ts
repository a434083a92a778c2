import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millis, wallTime } from '../../../src/base/units.js';
import { isChosen } from '../../../src/fleet/releases/rollout-state.js';
import { freshnessStateOf, trustedTimeOf } from '../../../src/fleet/tuf/trusted-versions.js';

const told = { signedAt: wallTime(1000), expires: wallTime(2000) };

for (const [name, freshness, now, expected] of [
  ['just signed', told, 1000, 'fresh'],
  ['at half of its life', told, 1500, 'fresh'],
  ['past half of its life', told, 1501, 'ageing'],
  ['within the grace', told, 2100, 'ageing'],
  ['past the grace', told, 2101, 'expired'],
  ['never signed', undefined, 1000, 'expired'],
  ['by a clock that shows no number', told, Number.NaN, 'expired'],
  [
    'with dates that are none',
    { signedAt: wallTime(Number.NaN), expires: wallTime(Number.NaN) },
    1000,
    'expired',
  ],
] as const)
  test(`a gallery ${name} is ${expected}`, () =>
    assert.equal(freshnessStateOf(freshness, wallTime(now), millis(100)), expected));

test('time is never before what was signed, and a clock without a number is not asked', () => {
  assert.equal(trustedTimeOf(wallTime(5), wallTime(9)), 9);
  assert.equal(trustedTimeOf(wallTime(12), wallTime(9)), 12);
  assert.equal(trustedTimeOf(wallTime(Number.NaN), wallTime(9)), 9);
});

test('a roll-out reaches about its share of the devices, and a larger one those of the smaller', () => {
  const devices = Array.from({ length: 2000 }, (_, i) => `gate-${i}`);
  const at = (percent: number) =>
    devices.filter((device) => isChosen(device, { pack: 'mobile', percent, devices: [] }));
  assert.equal(at(0).length, 0);
  assert.equal(at(100).length, devices.length);
  assert.ok(Math.abs(at(10).length - 200) < 60, `${at(10).length}`);
  assert.ok(at(10).every((device) => at(30).includes(device)));
  assert.ok(isChosen('gate-7', { pack: 'mobile', percent: 0, devices: ['gate-7'] }));
});
