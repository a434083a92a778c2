import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millis, wallTime } from '../../src/base/units.js';
import { intervalOf } from '../../src/platform/calendar.js';
import { runOnSchedule } from '../../src/platform/on-schedule.js';

for (const [expression, expected] of [
  ['*/30 * * * * *', 30_000],
  ['0,30 * * * * *', 30_000],
  ['* * * * * *', 1000],
  ['* * * * *', 60_000],
  ['*/5 * * * *', 300_000],
  ['0 */5 * * * *', 300_000],
  ['3-59/10 * * * *', 600_000],
  ['41 * * * *', undefined],
  ['@daily', undefined],
  ['17 3 * * *', undefined],
  ['*/7 * * * * *', undefined],
  ['*/30 * * * * 1', undefined],
] as const)
  test(`${expression} is ${expected === undefined ? 'of the calendar' : `an interval of ${expected} ms`}`, () =>
    assert.equal(intervalOf(expression), expected));

/** A site whose wall clock goes its own way while monotonic time passes by the waits. */
async function run(expression: string, wallAt: (passed: number) => number, until: number) {
  const done: number[] = [];
  const stop = new AbortController();
  let passed = 0;
  await runOnSchedule(
    { expression, zone: 'Europe/Berlin' },
    () => void done.push(passed),
    {
      clock: { wall: () => wallTime(wallAt(passed)) },
      lookEvery: millis(5000),
      wait: async (span) => {
        passed += span;
        if (passed > until) stop.abort();
      },
    },
    stop.signal,
  );
  return done;
}

const HOUR = 3_600_000;

test('an interval goes on through the night when clocks go back, every 30 seconds', async () => {
  const start = Date.parse('2026-10-24T23:30Z');
  const done = await run('*/30 * * * * *', (passed) => start + passed, 3 * HOUR);
  assert.equal(done.length, (3 * HOUR) / 30_000);
});

test('an interval goes on when the clock is set back by a year', async () => {
  const start = Date.parse('2026-06-15T10:00Z');
  const done = await run(
    '*/30 * * * * *',
    (passed) => start + passed - (passed > 60_000 ? 365 * 24 * HOUR : 0),
    HOUR,
  );
  assert.equal(done.length, HOUR / 30_000);
});

test('a job of the calendar is done at its time after the clock was set back by a year', async () => {
  const start = Date.parse('2026-06-15T00:00Z');
  const year = 365 * 24 * HOUR;
  const done = await run('17 3 * * *', (passed) => start + passed - (passed > 60_000 ? year : 0), 24 * HOUR);
  assert.deepEqual(done, [77 * 60_000]);
});
