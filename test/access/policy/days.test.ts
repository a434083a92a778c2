import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayOf, validDays, validEver } from '../../../src/access/policy/days.js';
import { wallTime } from '../../../src/base/units.js';
import { utc } from './sample.js';

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
