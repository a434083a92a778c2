import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TwinstileError } from '../../src/base/errors.js';
import { dayBefore, isTimeZone, localClock, sharedClocks, weekdayOf } from '../../src/base/local-time.js';
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
