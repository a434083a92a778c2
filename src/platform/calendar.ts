/**
 * Times of the calendar in a named zone, looked at every few seconds instead of waited for, so that a clock that is set, a
 * machine that slept and both nights of the time change miss nothing and do nothing twice.
 */
import { createTask, parse } from 'node-cron';
import { type LocalTime, localClock } from '../base/local-time.js';
import { type Millis, millis, type WallTime, wallTime } from '../base/units.js';

/**
 * Distinguishes cron expressions that are intervals from those that name times of the calendar. "Every 30 seconds" does not
 * depend on the clock on the wall, so it runs on monotonic time: neither the night when clocks go back nor a clock that is set
 * stops it.
 * @param expression one that `validate` of node-cron accepts. @returns nothing for times of the calendar.
 */
export function intervalOf(expression: string): Millis | undefined {
  const { second, minute, hour, dayOfMonth, month, dayOfWeek } = parse(expression);
  const isEveryHour =
    hour.length === 24 && dayOfMonth.length === 31 && month.length === 12 && dayOfWeek.length >= 7;
  if (!isEveryHour) return undefined;
  if (minute.length === 60 && isEven(second)) return millis(60_000 / second.length);
  if (second.length === 1 && minute.length > 1 && isEven(minute)) return millis(3_600_000 / minute.length);
  return undefined;
}

/** Whether the steps between the values of a field of 60 are all the same, also over its end. */
function isEven(values: readonly number[]): boolean {
  const step = 60 / values.length;
  return values.every((value, at) => value - (values[0] ?? 0) === at * step);
}

/** Whether the expression names hours: then the hour that autumn shows twice counts once. */
const namesHours = (expression: string): boolean => parse(expression).hour.length < 24;

/** The first second of a minute on which the expression occurs. */
const secondOf = (expression: string): number => parse(expression).second[0] ?? 0;

interface Calendar {
  /** Whether the job occurred since the call before, or was missed in the day before this one. The first call only begins. */
  due(at: WallTime): boolean;
}

const MINUTE_MS = 60_000;
/** A machine that was off or asleep makes up for the last day, once. */
const MAX_MISSED = 25 * 60;
/** In minutes, within which a local time comes again because clocks went back: two hours at most anywhere, and a margin. */
const REPEATED = 180;

/** @param zone an IANA name. @throws TwinstileError 'config-invalid' for a zone that is not known. */
export function createCalendar(expression: string, zone: string): Calendar {
  const clock = localClock(zone);
  const occurs = matcherOf(expression);
  const once = namesHours(expression);
  let seen: number | undefined;
  /** Local times that were due lately, by the minute of the clock on the wall at which they were. */
  let done: readonly { readonly time: string; readonly minute: number }[] = [];

  const dueIn = (before: LocalTime | undefined, local: LocalTime, minute: number): boolean => {
    done = done.filter((one) => Math.abs(minute - one.minute) <= REPEATED);
    const skipped = once ? skippedBetween(before, local) : [];
    const times = [...skipped, local].filter(occurs).map(textOf);
    const fresh = times.filter((time) => !once || !done.some((one) => one.time === time));
    done = [...done, ...fresh.map((time) => ({ time, minute }))];
    return fresh.length > 0;
  };
  return {
    due(at) {
      const now = Math.floor(at / MINUTE_MS);
      if (!Number.isFinite(now)) return false;
      const from = seen;
      seen = now;
      // Set back: what was done is not done again, and from here on time runs as usual.
      if (from === undefined || now <= from) return false;
      let isDue = false;
      const first = Math.max(from + 1, now - MAX_MISSED);
      let before = clock(wallTime((first - 1) * MINUTE_MS));
      for (let minute = first; minute <= now; minute++) {
        const local = clock(wallTime(minute * MINUTE_MS));
        if (local !== undefined && dueIn(before, local, minute)) isDue = true;
        before = local;
      }
      return isDue;
    },
  };
}

/** Minutes of a day that the clock of a place passed over between two that follow each other: those of the night in spring. */
function skippedBetween(before: LocalTime | undefined, after: LocalTime): readonly LocalTime[] {
  if (before === undefined || before.date !== after.date || after.minute <= before.minute + 1) return [];
  const { date } = after;
  return Array.from({ length: after.minute - before.minute - 1 }, (_, at) => ({
    date,
    minute: before.minute + 1 + at,
  }));
}

const textOf = ({ date, minute }: LocalTime): string => `${date} ${String(minute).padStart(4, '0')}`;

/** node-cron reads the local time as if it were UTC, which has no nights of its own. */
function matcherOf(expression: string): (time: LocalTime) => boolean {
  const task = createTask(expression, () => {}, { timezone: 'UTC' });
  const second = secondOf(expression);
  return ({ date, minute }) =>
    task.match(new Date(Date.parse(`${date}T00:00:00Z`) + minute * MINUTE_MS + second * 1000));
}
