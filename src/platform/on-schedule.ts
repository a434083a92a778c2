/** Runs work by a cron expression until the signal aborts: intervals by monotonic time, times of the calendar in the site's zone. */

import type { Clock } from '../base/clock.js';
import { pause } from '../base/delay.js';
import { type Millis, millis } from '../base/units.js';
import { createCalendar, intervalOf } from './calendar.js';

interface CronSchedule {
  /** A cron expression that the configuration accepted. */
  readonly expression: string;
  /** IANA time zone of times of the calendar. */
  readonly zone: string;
}

interface ScheduleOptions {
  readonly clock: Pick<Clock, 'wall'>;
  /** How often the calendar is looked at. */
  readonly lookEvery?: Millis;
  /** Waits on monotonic time. */
  readonly wait?: (span: Millis, signal: AbortSignal) => Promise<void>;
}

const CHECK_INTERVAL = millis(5000);

/** @param work never at work twice at once; what it throws is thrown from here. Resolves when the signal aborts. */
export async function runOnSchedule(
  { expression, zone }: CronSchedule,
  work: () => Promise<void> | void,
  { clock, lookEvery = CHECK_INTERVAL, wait = pause }: ScheduleOptions,
  signal: AbortSignal,
): Promise<void> {
  const interval = intervalOf(expression);
  const calendar = interval === undefined ? createCalendar(expression, zone) : undefined;
  calendar?.due(clock.wall());
  while (!signal.aborted) {
    await wait(interval ?? lookEvery, signal);
    if (signal.aborted) return;
    if (calendar === undefined || calendar.due(clock.wall())) await work();
  }
}
