/** Reads times as people write them: "yesterday", "06:00", "2026-11-30 18:00", "30.11.2026", "2h", an ISO instant. */
import { TwinstileError } from './errors.js';
import {
  dayAfter,
  dayBefore,
  instantOf,
  isDate,
  lastInstantOf,
  localClock,
  type Weekday,
  weekdayOf,
} from './local-time.js';
import { type WallTime, wallTime } from './units.js';

/** What a text that names a time is measured by. */
export interface MomentContext {
  readonly now: WallTime;
  /** IANA time zone of dates and times without an offset. */
  readonly zone: string;
  /** Of the message, such as "--since". */
  readonly where: string;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const SPANS: Readonly<Record<string, number>> = { s: 1000, m: MINUTE_MS, h: HOUR_MS };
const AGO = /^(\d{1,6})\s*(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)(?:\s+ago)?$/;
const DOTTED = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/;
const TIME = /^(\d{1,2})(?::(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?)?\s*(am|pm)?$/;
const OFFSET = /^(.*\d)\s*(z|[+-]\d{2}:?\d{2})$/;
const WEEKDAY = /^(sun|mon|tue|wed|thu|fri|sat)(?:day|sday|nesday|rsday|urday)?$/;

/**
 * Reads the time from which on. A date is its beginning, a time of day the last one that has passed, "2h" two hours ago.
 * @throws TwinstileError 'bad-arguments' for what names no time.
 */
export function readSince(text: string, context: MomentContext): WallTime {
  const { now, zone } = context;
  const found = read(text, context);
  if ('at' in found) return found.at;
  const { date, time } = found;
  if (date !== undefined) return instantIn(zone, date, time ?? 0, 'first');
  const today = todayIn(zone, now);
  const at = instantIn(zone, today, time ?? 0, 'first');
  return at <= now ? at : instantIn(zone, dayBefore(today), time ?? 0, 'first');
}

/**
 * Reads the time until which, exclusive. A date is its end, so that the day counts; a time of day that of today, or of the
 * day after where that would be before `since`.
 * @throws TwinstileError 'bad-arguments' for what names no time, or none after `since`.
 */
export function readUntilAfter(text: string, context: MomentContext, since?: WallTime): WallTime {
  const at = endOf(text, context, since);
  if (since === undefined || at > since) return at;
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected ${context.where} after the beginning, got '${text}', which is not.`,
    hint: 'Write the earlier time at --since, and the later one at --until.',
  });
}

function endOf(text: string, context: MomentContext, since: WallTime | undefined): WallTime {
  const { now, zone } = context;
  const found = read(text, context);
  if ('at' in found) return found.at;
  const { date, time } = found;
  if (date !== undefined)
    return time === undefined ? instantOf(zone, dayAfter(date)) : instantIn(zone, date, time, 'last');
  const today = todayIn(zone, now);
  const at = instantIn(zone, today, time ?? 0, 'last');
  return since === undefined || at > since ? at : instantIn(zone, dayAfter(today), time ?? 0, 'last');
}

/** Reads a date as 2026-11-30 or 30.11.2026. @returns "2026-11-30"; undefined for what is none, and for one that the calendar lacks. */
export function readDate(text: string): string | undefined {
  const [, day = '', month = '', year = ''] = DOTTED.exec(text) ?? [];
  const date = year === '' ? text : `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return isDate(date) ? date : undefined;
}

/** A time of day is in ms from midnight. */
type Found = { readonly at: WallTime } | { readonly date?: string; readonly time?: number };

function read(text: string, context: MomentContext): Found {
  const { now, zone } = context;
  const words = text.trim().toLowerCase().replace(/\s+/g, ' ');
  if (words === 'now') return { at: now };
  const [, count, unit = ''] = AGO.exec(words) ?? [];
  if (count !== undefined) return { at: ago(Number(count), unit.charAt(0), context) };
  const [, before = '', offset] = OFFSET.exec(words) ?? [];
  const found = readLocal(offset === undefined ? words : before.trim(), todayIn(zone, now));
  if (found === undefined) throw unknown(text, context.where);
  if (offset === undefined) return found;
  const { date, time } = found;
  if (date === undefined || time === undefined) throw unknown(text, context.where);
  return { at: wallTime(Date.parse(`${date}T00:00:00Z`) + time - offsetMs(offset)) };
}

/** Days are those of the calendar: on the day after the clocks change, "1d" is the same time of the day before. */
function ago(count: number, unit: string, { now, zone }: MomentContext): WallTime {
  const span = SPANS[unit];
  if (span !== undefined) return wallTime(now - count * span);
  const local = localClock(zone)(now);
  if (local === undefined) return now;
  const noon = Date.parse(`${local.date}T12:00:00Z`) - count * (unit === 'w' ? 7 : 1) * 24 * HOUR_MS;
  // Before the year 0 there was no gate: the beginning of time as far as dates are written here.
  const date = noon > 0 ? new Date(noon).toISOString().slice(0, 10) : '1970-01-01';
  return wallTime(instantOf(zone, date, local.minute) + (((now % MINUTE_MS) + MINUTE_MS) % MINUTE_MS));
}

function readLocal(
  words: string,
  today: string,
): { readonly date?: string; readonly time?: number } | undefined {
  const date = dayIn(words, today);
  if (date !== undefined) return { date };
  const time = timeIn(words);
  if (time !== undefined) return { time };
  const [, first = '', second = ''] = /^([^ ]+?)(?:t(?=\d)| at | )(.+)$/.exec(words) ?? [];
  const day = dayIn(first, today);
  const hour = timeIn(second);
  return day === undefined || hour === undefined ? undefined : { date: day, time: hour };
}

function dayIn(word: string, today: string): string | undefined {
  if (word === 'today') return today;
  if (word === 'yesterday') return dayBefore(today);
  const [, weekday] = WEEKDAY.exec(word) ?? [];
  return weekday === undefined ? readDate(word) : lastOn(weekday as Weekday, today);
}

function lastOn(weekday: Weekday, today: string): string {
  let date = today;
  while (weekdayOf(date) !== weekday) date = dayBefore(date);
  return date;
}

function timeIn(word: string): number | undefined {
  if (word === 'midnight') return 0;
  if (word === 'noon') return 12 * HOUR_MS;
  const [, hours, minutes, seconds = '0', half] = TIME.exec(word) ?? [];
  if (hours === undefined || (minutes === undefined && half === undefined)) return undefined;
  const [hour, minute, second] = [Number(hours), Number(minutes ?? '0'), Number(seconds)];
  const isHour = half === undefined ? hour < 24 : hour >= 1 && hour <= 12;
  if (!isHour || minute > 59 || second > 59) return undefined;
  const of24 = half === undefined ? hour : (hour % 12) + (half === 'pm' ? 12 : 0);
  return of24 * HOUR_MS + minute * MINUTE_MS + second * 1000;
}

function instantIn(zone: string, date: string, time: number, which: 'first' | 'last'): WallTime {
  const minute = Math.floor(time / MINUTE_MS);
  const at = which === 'first' ? instantOf(zone, date, minute) : lastInstantOf(zone, date, minute);
  return wallTime(at + (time % MINUTE_MS));
}

function offsetMs(offset: string): number {
  if (offset === 'z') return 0;
  const [hours, minutes] = [offset.slice(1, 3), offset.slice(-2)].map(Number);
  return (offset.startsWith('-') ? -1 : 1) * ((hours ?? 0) * HOUR_MS + (minutes ?? 0) * MINUTE_MS);
}

const todayIn = (zone: string, now: WallTime): string => localClock(zone)(now)?.date ?? '1970-01-01';

const unknown = (text: string, where: string): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected a time such as yesterday, 06:00, 2026-11-30, "2026-11-30 18:00" or 2h for ${where}, got '${text.slice(0, 64)}'.`,
    hint: /\d\/\d/.test(text)
      ? 'Write the year first, as 2026-11-30: with strokes the day and the month cannot be told apart.'
      : 'Correct it, then run the same command again.',
  });
