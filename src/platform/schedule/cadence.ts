/**
 * Distinguishes cron expressions that are intervals from those that name times of the calendar.
 *
 * "Every 30 seconds" does not depend on the clock on the wall, so it runs on monotonic time: neither the night when clocks go
 * back nor a clock that is set stops it.
 */
import { parse } from 'node-cron';
import { type Millis, millis } from '../../base/units.js';

/** @param expression one that `validate` of node-cron accepts. @returns nothing for times of the calendar. */
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
export const namesHours = (expression: string): boolean => parse(expression).hour.length < 24;

/** The first second of a minute on which the expression occurs. */
export const secondOf = (expression: string): number => parse(expression).second[0] ?? 0;
