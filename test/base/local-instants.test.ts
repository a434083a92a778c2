import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dayAfter, instantOf, isDate } from '../../src/base/local-instants.js';
import { localClock } from '../../src/base/local-time.js';
import { wallTime } from '../../src/base/units.js';
import { holds } from '../support/properties.js';

for (const [zone, date, minute, expected] of [
  ['Europe/Berlin', '2026-12-31', 0, '2026-12-30T23:00:00.000Z'],
  ['America/Los_Angeles', '2027-01-01', 0, '2027-01-01T08:00:00.000Z'],
  ['Asia/Kathmandu', '2026-06-15', 0, '2026-06-14T18:15:00.000Z'],
  ['Pacific/Kiritimati', '2026-06-15', 0, '2026-06-14T10:00:00.000Z'],
  // In spring half past two is skipped: it begins when the clock skips it.
  ['Europe/Berlin', '2026-03-29', 150, '2026-03-29T01:30:00.000Z'],
  // In autumn it is there twice: the first counts.
  ['Europe/Berlin', '2026-10-25', 150, '2026-10-25T00:30:00.000Z'],
  // Midnight itself is skipped in Cairo: the day begins at one.
  ['Africa/Cairo', '2026-04-24', 0, '2026-04-23T22:00:00.000Z'],
] as const)
  test(`${date} at minute ${minute} in ${zone} begins at ${expected}`, () =>
    assert.equal(new Date(instantOf(zone, date, minute)).toISOString(), expected));

for (const [text, expected] of [
  ['2026-02-28', true],
  ['2028-02-29', true],
  ['2026-02-29', false],
  ['2026-2-1', false],
  ['0000-00-00', false],
  ['31.12.2026', false],
] as const)
  test(`'${text}' is ${expected ? 'a date' : 'no date'}`, () => assert.equal(isDate(text), expected));

test('never counts an instant of the last day as after its end, nor one of the next day as before it', async (t) => {
  const zones = [
    'Europe/Berlin',
    'America/Los_Angeles',
    'Asia/Kathmandu',
    'Australia/Lord_Howe',
    'Africa/Cairo',
    'America/St_Johns',
    'Pacific/Apia',
    'UTC',
  ];
  await holds(
    t,
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2035, 0) }),
      (zone, ms) => {
        const at = wallTime(ms - (ms % 60_000));
        const date = localClock(zone)(at)?.date ?? '';
        assert.ok(at >= instantOf(zone, date), `${zone} ${ms} begins`);
        assert.ok(at < instantOf(zone, dayAfter(date)), `${zone} ${ms} ends`);
      },
    ),
    { short: 100, long: 5_000 },
  );
});
