import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  always,
  dayOf,
  isOpenAt,
  never,
  openHours,
  type Schedule,
  type Span,
  validDays,
  validEver,
} from '../../../src/access/policy/schedule.js';
import { wallTime } from '../../../src/base/units.js';
import { holds } from '../../support/properties.js';
import { utc } from './sample.js';

const clock = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
const span = (from: string, to: string): Span => ({ from: clock(from), to: clock(to) });
const day = [span('00:00', '24:00')];
const allWeek = { sun: day, mon: day, tue: day, wed: day, thu: day, fri: day, sat: day };

/** Mondays and Tuesdays 8 to 18, Friday night until Saturday 6, closed at Christmas, short on New Year's Eve. */
const office = (zone: string): Schedule => ({
  zone,
  week: { mon: [span('08:00', '18:00')], tue: [span('08:00', '18:00')], fri: [span('22:00', '06:00')] },
  holidays: { dates: new Set(['12-25', '2026-06-16']), spans: [] },
  special: [
    { first: '2026-12-31', last: '2026-12-31', spans: [span('08:00', '12:00')] },
    { first: '2026-08-03', last: '2026-08-04', spans: [] },
  ],
});

for (const [what, zone, instant, isOpen] of [
  ['from the first minute on', 'Europe/Berlin', '2026-06-15T06:00', true],
  ['not the minute before', 'Europe/Berlin', '2026-06-15T05:59', false],
  ['until the last minute', 'Europe/Berlin', '2026-06-15T15:59', true],
  ['not at the closing minute itself', 'Europe/Berlin', '2026-06-15T16:00', false],
  ['by the clock of New York, not of Berlin', 'America/New_York', '2026-06-15T21:59', true],
  ['by the clock of Kathmandu, three quarters off', 'Asia/Kathmandu', '2026-06-15T02:15', true],
  ['not a quarter before in Kathmandu', 'Asia/Kathmandu', '2026-06-15T02:14', false],
  ['on a day without hours not', 'Europe/Berlin', '2026-06-17T10:00', false],
  ['in the night before midnight', 'UTC', '2026-06-19T23:59', true],
  ['in the night after midnight', 'UTC', '2026-06-20T05:59', true],
  ['not after the end of the night', 'UTC', '2026-06-20T06:00', false],
  ['not in the early hours before the night', 'UTC', '2026-06-19T03:00', false],
  ['not on a holiday of one year', 'Europe/Berlin', '2026-06-16T10:00', false],
  ['on the same date of the next year', 'UTC', '2027-06-15T10:00', true],
  ['not on a holiday of each year', 'UTC', '2028-12-25T10:00', false],
  ['on a special day by its own hours', 'UTC', '2026-12-31T11:00', true],
  ['on a special day not by those of the week', 'UTC', '2026-12-31T13:00', false],
  ['not on the first of several special days', 'UTC', '2026-08-03T10:00', false],
  ['not on the last of several special days', 'UTC', '2026-08-04T10:00', false],
  ['after the special days as usual', 'UTC', '2026-08-10T10:00', true],
] as const) {
  test(`the office is open ${what}`, () => assert.equal(openHours(office(zone))(utc(instant)), isOpen));
}

test('a night that began before a holiday ends on it as it always does', () => {
  const night: Schedule = { ...office('UTC'), holidays: { dates: new Set(['2026-06-20']), spans: [] } };
  assert.equal(openHours(night)(utc('2026-06-20T05:00')), true);
});

for (const [zone, before, after] of [
  ['Europe/Berlin', '2026-03-29T00:59', '2026-03-29T01:00'],
  ['America/New_York', '2026-03-08T06:59', '2026-03-08T07:00'],
] as const) {
  test(`hours that do not exist in ${zone} in spring are open to nobody`, () => {
    const open = openHours({ zone, week: { sun: [span('02:00', '03:00')] } });
    assert.equal(open(utc(before)), false);
    assert.equal(open(utc(after)), false);
  });
  test(`hours around the gap in ${zone} go on without one`, () => {
    const open = openHours({ zone, week: { sun: [span('01:00', '04:00')] } });
    assert.equal(open(utc(before)), true);
    assert.equal(open(utc(after)), true);
  });
}

for (const [zone, first, second, end] of [
  ['Europe/Berlin', '2026-10-25T00:30', '2026-10-25T01:30', '2026-10-25T02:00'],
  ['America/New_York', '2026-11-01T05:30', '2026-11-01T06:30', '2026-11-01T07:00'],
] as const) {
  test(`an hour that comes twice in ${zone} is open both times`, () => {
    const from = zone === 'Europe/Berlin' ? 2 : 1;
    const open = openHours({ zone, week: { sun: [{ from: from * 60, to: (from + 1) * 60 }] } });
    assert.deepEqual(
      [first, second, end].map((instant) => open(utc(instant))),
      [true, true, false],
    );
  });
}

for (const zone of [
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kathmandu',
  'Africa/Cairo',
  'Australia/Lord_Howe',
]) {
  test(`there is no quarter of an hour of the year at which "always" is closed in ${zone}`, () => {
    const whole = openHours({ zone, week: allWeek });
    let closed = 0;
    for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 900_000)
      if (!always(wallTime(at)) || !whole(wallTime(at))) closed += 1;
    assert.equal(closed, 0);
  });
}

test('an instant that is no number is never within hours, not even within "always"', () => {
  for (const at of [Number.NaN, Number.POSITIVE_INFINITY])
    for (const open of [always, never, openHours({ zone: 'UTC', week: allWeek })])
      assert.equal(open(wallTime(at)), false);
});

test('hours over midnight are the two halves written apart', async (t) => {
  await holds(
    t,
    fc.property(
      fc.integer({ min: 1, max: 1439 }),
      fc.integer({ min: 0, max: 1439 }),
      fc.integer({ min: 1, max: 28 }),
      (from, minute, date) => {
        const to = Math.floor(from / 2) + 1;
        const every = (spans: readonly Span[]): Schedule => ({
          zone: 'UTC',
          week: { sun: spans, mon: spans, tue: spans, wed: spans, thu: spans, fri: spans, sat: spans },
        });
        const local = { date: `2026-02-${String(date).padStart(2, '0')}`, minute };
        assert.equal(
          isOpenAt(every([{ from, to: Math.min(to, from) }]), local),
          isOpenAt(
            every([
              { from, to: 1440 },
              { from: 0, to: Math.min(to, from) },
            ]),
            local,
          ),
        );
      },
    ),
    { short: 100, long: 100_000 },
  );
});

const visit = validDays('Europe/Berlin', { first: '2026-06-15', last: '2026-06-16' });

for (const [what, instant, expected] of [
  ['the minute before the first day', '2026-06-14T21:59', 'not-yet'],
  ['the first minute of the first day', '2026-06-14T22:00', 'valid'],
  ['the last minute of the last day', '2026-06-16T21:59', 'valid'],
  ['the minute after the last day', '2026-06-16T22:00', 'over'],
] as const) {
  test(`a visit from the 15th to the 16th is ${expected} in ${what}`, () =>
    assert.equal(visit(utc(instant)), expected));
}

test('what has no days is valid at every time, and at no time that is none', () => {
  assert.equal(validEver(utc('1999-01-01T00:00')), 'valid');
  for (const valid of [validEver, visit, validDays('UTC', {})])
    assert.equal(valid(wallTime(Number.NaN)), 'unknown');
});

for (const [what, zone, start, instant, expected] of [
  ['begins at midnight of its own place', 'Asia/Kathmandu', 0, '2026-06-15T18:15', '2026-06-16'],
  ['that begins at 4 is not over at 3:59', 'UTC', 240, '2026-06-16T03:59', '2026-06-15'],
  ['that begins at 4 begins at 4', 'UTC', 240, '2026-06-16T04:00', '2026-06-16'],
  [
    'that begins in the gap of spring begins after it',
    'Europe/Berlin',
    150,
    '2026-03-29T01:00',
    '2026-03-29',
  ],
  [
    'that begins in the gap of spring is not begun before it',
    'Europe/Berlin',
    150,
    '2026-03-29T00:59',
    '2026-03-28',
  ],
] as const) {
  test(`a day ${what}`, () => assert.equal(dayOf(zone, start)(utc(instant)), expected));
}

test('no day has a name at a time that is none', () =>
  assert.equal(dayOf('UTC')(wallTime(Number.NaN)), undefined));
