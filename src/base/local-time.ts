/** What a clock on the wall shows somewhere, the time that schedules, holidays and quotas are written in, and when it shows it. */
import { TwinstileError } from './errors.js';
import { type WallTime, wallTime } from './units.js';

const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export interface LocalTime {
  /** "2026-12-24": compares as text. */
  readonly date: string;
  /** Of the local day, 0..1439. */
  readonly minute: number;
}

/** Nothing when the instant is no time at all. */
export type LocalClock = (at: WallTime) => LocalTime | undefined;

/**
 * The clock of a place. In spring it skips the hour that does not exist; in autumn it shows one hour twice.
 * @param zone an IANA name such as "Europe/Berlin".
 * @throws TwinstileError 'config-invalid' for a zone that is not known.
 */
export function localClock(zone: string): LocalClock {
  const format = formatOf(zone);
  return (at) => {
    if (!Number.isFinite(at) || Number.isNaN(new Date(at).getTime())) return undefined;
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
    const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
    const minute = Number(of('hour')) * 60 + Number(of('minute'));
    if (!(minute >= 0 && minute < 1440)) return undefined;
    return { date: `${of('year').padStart(4, '0')}-${of('month')}-${of('day')}`, minute };
  };
}

/** Where clocks come from. */
export type ClockOf = (zone: string) => LocalClock;

/** One clock for each place, which is read once for each instant: a hundred rules ask the same question. */
export function sharedClocks(): ClockOf {
  const clocks = new Map<string, LocalClock>();
  return (zone) => {
    const clock = clocks.get(zone) ?? readOnce(localClock(zone));
    clocks.set(zone, clock);
    return clock;
  };
}

function readOnce(clock: LocalClock): LocalClock {
  let last: { readonly at: WallTime; readonly local: LocalTime | undefined } | undefined;
  return (at) => {
    if (last?.at !== at) last = { at, local: clock(at) };
    return last.local;
  };
}

export function isTimeZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    // Intl reports an unknown zone in no other way.
    return false;
  }
}

/** @param date "2026-12-24". */
export const weekdayOf = (date: string): Weekday => WEEKDAYS[noonOf(date).getUTCDay()] ?? 'sun';

/** The date before this one in the calendar, whatever the clocks did in between. */
export function dayBefore(date: string): string {
  const noon = noonOf(date);
  noon.setUTCDate(noon.getUTCDate() - 1);
  return noon.toISOString().slice(0, 10);
}

const noonOf = (date: string): Date => new Date(`${date}T12:00:00Z`);

function formatOf(zone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
  } catch (cause) {
    throw new TwinstileError({
      code: 'config-invalid',
      message: `Expected an IANA time zone such as Europe/Berlin, got ${JSON.stringify(zone)}.`,
      hint: 'Correct the name of the time zone.',
      cause,
    });
  }
}

// The inverse of the clock: when a day, or a minute, of a place begins.
const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** @param date "2026-12-24". @returns false also for a date that the calendar does not have, such as 2026-02-30. */
export function isDate(date: string): boolean {
  if (!DAY.test(date)) return false;
  const at = Date.parse(`${date}T00:00:00Z`);
  return Number.isFinite(at) && new Date(at).toISOString().startsWith(date);
}

/** The date after this one in the calendar, whatever the clocks do in between. */
export const dayAfter = (date: string): string =>
  new Date(Date.parse(`${date}T12:00:00Z`) + DAY_MS).toISOString().slice(0, 10);

/**
 * Returns the first instant at which the clock of a place shows a date and minute, or, where it skips them in spring, the
 * instant at which it skips.
 *
 * @param zone an IANA name such as "Europe/Berlin".
 * @param date "2026-12-24", one that `isDate`. @param minute of the day, 0..1439.
 * @throws TwinstileError 'config-invalid' for a zone that is not known.
 */
export const instantOf = (zone: string, date: string, minute = 0): WallTime =>
  instantsOf(zone, date, minute)[0];

/** As `instantOf`, of two instants in the autumn the later one. */
export function lastInstantOf(zone: string, date: string, minute = 0): WallTime {
  const [first, second] = instantsOf(zone, date, minute);
  return second ?? first;
}

function instantsOf(
  zone: string,
  date: string,
  minute: number,
): readonly [first: WallTime, second?: WallTime] {
  const clock = localClock(zone);
  const wanted = Date.parse(`${date}T00:00:00Z`) + minute * MINUTE_MS;
  // No place is further from UTC than 15 hours, and clocks change at most once within two days: these are all offsets there are.
  const offsets = [wanted - DAY_MS, wanted + DAY_MS].map((at) => offsetAt(clock, at));
  const [first, second] = [...new Set(offsets)]
    .map((offset) => wanted - offset)
    .filter((at) => asUtc(clock(wallTime(at))) === wanted)
    .sort((a, b) => a - b)
    .map(wallTime);
  return [first ?? wallTime(wanted - (offsets[0] ?? 0)), second];
}

const offsetAt = (clock: LocalClock, at: number): number => asUtc(clock(wallTime(at))) - at;

const asUtc = (local: LocalTime | undefined): number =>
  local === undefined ? Number.NaN : Date.parse(`${local.date}T00:00:00Z`) + local.minute * MINUTE_MS;
