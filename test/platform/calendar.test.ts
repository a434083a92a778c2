import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wallTime } from '../../src/base/units.js';
import { createCalendar } from '../../src/platform/calendar.js';

const MINUTE = 60_000;
const zone = 'Europe/Berlin';

/** Looks every ten seconds. @returns when the job was due, in UTC. */
function dueBetween(expression: string, from: string, to: string, step = MINUTE / 6): readonly string[] {
  const calendar = createCalendar(expression, zone);
  const due: string[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += step)
    if (calendar.due(wallTime(at))) due.push(new Date(at).toISOString().slice(5, 16));
  return due;
}

for (const [name, expression, from, to, expected] of [
  [
    'a job of the day is done at its hour of the site',
    '17 3 * * *',
    '2026-06-14T22:00Z',
    '2026-06-16T22:00Z',
    ['06-15T01:17', '06-16T01:17'],
  ],
  [
    'on the night when clocks go back a job in the repeated hour is done once',
    '17,37 2 * * *',
    '2026-10-24T20:00Z',
    '2026-10-25T06:00Z',
    ['10-25T00:17', '10-25T00:37'],
  ],
  [
    'on the night when clocks go back an hourly job is done in both of the hours',
    '41 * * * *',
    '2026-10-24T23:30Z',
    '2026-10-25T03:00Z',
    ['10-24T23:41', '10-25T00:41', '10-25T01:41', '10-25T02:41'],
  ],
  [
    'on the night when clocks go forward a job in the skipped hour is done when the hour is skipped',
    '17 2 * * *',
    '2026-03-28T20:00Z',
    '2026-03-29T20:00Z',
    ['03-29T01:00'],
  ],
  [
    'on the night when clocks go forward an hourly job is done in each hour that there is',
    '41 * * * *',
    '2026-03-28T23:30Z',
    '2026-03-29T02:30Z',
    ['03-28T23:41', '03-29T00:41', '03-29T01:41'],
  ],
  [
    'the last day of a month is known',
    '0 6 L * *',
    '2026-06-29T00:00Z',
    '2026-07-02T00:00Z',
    ['06-30T04:00'],
  ],
  [
    'seconds do not keep a minute from being seen',
    '30 17 3 * * *',
    '2026-06-15T00:00Z',
    '2026-06-15T02:00Z',
    ['06-15T01:17'],
  ],
] as const)
  test(name, () => assert.deepEqual(dueBetween(expression, from, to), expected));

test('a machine that slept over the time makes up for it once when it wakes', () => {
  const calendar = createCalendar('17 3 * * *', zone);
  calendar.due(wallTime(Date.parse('2026-06-15T20:00Z')));
  const woken = Date.parse('2026-06-16T06:00Z');
  assert.deepEqual(
    [0, 1, 2].map((more) => calendar.due(wallTime(woken + more * MINUTE))),
    [true, false, false],
  );
});

test('a clock that was years ahead for a while keeps no job from its next time', () => {
  const calendar = createCalendar('17 3 * * *', zone);
  calendar.due(wallTime(Date.parse('2026-06-15T00:00Z')));
  calendar.due(wallTime(Date.parse('2036-06-15T12:00Z')));
  calendar.due(wallTime(Date.parse('2026-06-15T00:10Z')));
  assert.equal(calendar.due(wallTime(Date.parse('2026-06-15T01:18Z'))), true);
});

test('a clock that is set back a little does not do the same again', () => {
  const calendar = createCalendar('17 3 * * *', zone);
  const at = (time: string) => calendar.due(wallTime(Date.parse(`2026-06-15T${time}Z`)));
  assert.deepEqual(
    [at('01:16'), at('01:17'), at('01:15'), at('01:17'), at('01:18')],
    [false, true, false, false, false],
  );
});

test('a time that is no number is never due', () =>
  assert.equal(createCalendar('* 3 * * *', zone).due(wallTime(Number.NaN)), false));
