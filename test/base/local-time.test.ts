import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TwinstileError } from '../../src/base/errors.js';
import {
  dayAfter,
  dayBefore,
  instantOf,
  isDate,
  isTimeZone,
  localClock,
  sharedClocks,
  weekdayOf,
} from '../../src/base/local-time.js';
import { wallTime } from '../../src/base/units.js';
import { utc } from '../access/policy/sample.js';
import { holds } from '../support/properties.js';

for (const [zone, instant, date, clock] of [
  ['Europe/Berlin', '2026-03-29T00:59', '2026-03-29', '01:59'],
  ['Europe/Berlin', '2026-03-29T01:00', '2026-03-29', '03:00'],
  ['Europe/Berlin', '2026-10-25T00:30', '2026-10-25', '02:30'],
  ['Europe/Berlin', '2026-10-25T01:30', '2026-10-25', '02:30'],
  ['America/New_York', '2026-03-08T06:59', '2026-03-08', '01:59'],
  ['America/New_York', '2026-03-08T07:00', '2026-03-08', '03:00'],
  ['America/New_York', '2026-11-01T05:30', '2026-11-01', '01:30'],
  ['America/New_York', '2026-11-01T06:30', '2026-11-01', '01:30'],
  ['Asia/Kathmandu', '2026-06-15T18:14', '2026-06-15', '23:59'],
  ['Asia/Kathmandu', '2026-06-15T18:15', '2026-06-16', '00:00'],
  ['Pacific/Apia', '2026-01-01T10:59', '2026-01-01', '23:59'],
  ['UTC', '1969-12-31T23:59', '1969-12-31', '23:59'],
] as const) {
  test(`in ${zone} at ${instant} UTC the clock shows ${clock} of ${date}`, () => {
    const [hours, minutes] = clock.split(':').map(Number);
    assert.deepEqual(localClock(zone)(utc(instant)), { date, minute: (hours ?? 0) * 60 + (minutes ?? 0) });
  });
}

for (const at of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 9e15])
  test(`${at} is no time anywhere`, () => assert.equal(localClock('Europe/Berlin')(wallTime(at)), undefined));

test('a zone that nobody knows is refused, and said to be none', () => {
  for (const zone of ['Europe/Atlantis', '', 'CEST+1:00!']) {
    assert.equal(isTimeZone(zone), false);
    assert.throws(
      () => localClock(zone),
      (error: unknown) => error instanceof TwinstileError && error.code === 'config-invalid',
    );
  }
  assert.equal(isTimeZone('Asia/Kathmandu'), true);
});

test('weekdays and the day before follow the calendar', () => {
  assert.equal(weekdayOf('2026-12-24'), 'thu');
  assert.equal(weekdayOf('2024-02-29'), 'thu');
  assert.equal(dayBefore('2026-03-01'), '2026-02-28');
  assert.equal(dayBefore('2024-03-01'), '2024-02-29');
  assert.equal(dayBefore('2026-01-01'), '2025-12-31');
});

test('in UTC the clock agrees with the calendar of the language itself', async (t) => {
  const clock = localClock('UTC');
  await holds(
    t,
    fc.property(
      fc.date({ min: new Date('1970-01-01'), max: new Date('2199-12-31'), noInvalidDate: true }),
      (day) => {
        const text = day.toISOString();
        assert.deepEqual(clock(wallTime(day.getTime())), {
          date: text.slice(0, 10),
          minute: Number(text.slice(11, 13)) * 60 + Number(text.slice(14, 16)),
        });
      },
    ),
    { short: 100, long: 100_000 },
  );
});

test('shared clocks say what clocks of one’s own say, in any order of asking', async (t) => {
  const clockOf = sharedClocks();
  const zones = ['Europe/Berlin', 'Asia/Kathmandu'] as const;
  const instants = fc
    .oneof(fc.integer({ min: 0, max: 4e12 }), fc.constantFrom(Number.NaN, 0, 1))
    .map(wallTime);
  await holds(
    t,
    fc.property(fc.array(fc.tuple(fc.constantFrom(...zones), instants)), (asked) => {
      for (const [zone, at] of asked) assert.deepEqual(clockOf(zone)(at), localClock(zone)(at));
    }),
    { short: 20, long: 5_000 },
  );
});

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
