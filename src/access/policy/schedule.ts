/**
 * Evaluates schedules (hours of the week, holidays and special days) and days of validity, in the time of a place.
 *
 * Hours are what the clock on the wall shows. An hour that is skipped in spring does not exist, one that is repeated in
 * autumn is open both times. Hours that go past midnight belong to the day on which they begin, and so does their end.
 */
import {
  type ClockOf,
  dayBefore,
  type LocalTime,
  localClock,
  type Weekday,
  weekdayOf,
} from '../../base/local-time.js';
import type { WallTime } from '../../base/units.js';

/** Whether it holds at that instant; never for an instant that is no number. */
export type OpenAt = (at: WallTime) => boolean;

/** Minutes of the local day: `from` 0..1439 inclusive, `to` 0..1440 exclusive; a `to` that is not above `from` is on the next day. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

interface SpecialDays {
  /** "2026-12-24" */
  readonly first: string;
  /** Inclusive. */
  readonly last: string;
  /** None: closed. */
  readonly spans: readonly Span[];
}

export interface Schedule {
  /** IANA name. */
  readonly zone: string;
  readonly week: Readonly<Partial<Record<Weekday, readonly Span[]>>>;
  /** Go before the week. */
  readonly holidays?: {
    /** "2026-12-24", or "12-24" for each year. */
    readonly dates: ReadonlySet<string>;
    readonly spans: readonly Span[];
  };
  /** Go before the holidays. */
  readonly special?: readonly SpecialDays[];
}

export const always: OpenAt = (at) => Number.isFinite(at);
export const never: OpenAt = () => false;

/** @throws TwinstileError 'config-invalid' for a zone that is not known. */
export function openHours(schedule: Schedule, clockOf: ClockOf = localClock): OpenAt {
  const clock = clockOf(schedule.zone);
  return (at) => {
    const local = clock(at);
    return local !== undefined && isOpenAt(schedule, local);
  };
}

export function isOpenAt(schedule: Schedule, { date, minute }: LocalTime): boolean {
  return (
    spansOn(schedule, date).some(
      ({ from, to }) => minute >= from && (isOvernight({ from, to }) || minute < to),
    ) || spansOn(schedule, dayBefore(date)).some((span) => isOvernight(span) && minute < span.to)
  );
}

/** @param date "2026-12-24". */
function spansOn({ week, holidays, special = [] }: Schedule, date: string): readonly Span[] {
  const own = special.find(({ first, last }) => first <= date && date <= last);
  if (own !== undefined) return own.spans;
  if (holidays?.dates.has(date) || holidays?.dates.has(date.slice(5))) return holidays.spans;
  return week[weekdayOf(date)] ?? [];
}

const isOvernight = ({ from, to }: Span): boolean => to <= from;

/** Whether something that is valid from one day until another holds. */
type Validity = 'not-yet' | 'valid' | 'over' | 'unknown';
export type ValidAt = (at: WallTime) => Validity;

/** @param days both inclusive, "2026-12-24", in the time of `zone`. @throws TwinstileError 'config-invalid' for an unknown zone. */
export function validDays(
  zone: string,
  { first, last }: { readonly first?: string; readonly last?: string },
  clockOf: ClockOf = localClock,
): ValidAt {
  const clock = clockOf(zone);
  return (at) => {
    const date = clock(at)?.date;
    if (date === undefined) return 'unknown';
    if (first !== undefined && date < first) return 'not-yet';
    return last !== undefined && date > last ? 'over' : 'valid';
  };
}

export const validEver: ValidAt = (at) => (Number.isFinite(at) ? 'valid' : 'unknown');

/** Name of the day at that instant; later days compare as larger. Nothing when the instant is no time at all. */
export type DayAt = (at: WallTime) => string | undefined;

/**
 * @param start minute of the local day at which a new day begins, 0..1439. If the clock skips it, the day begins with the next minute it shows.
 * @throws TwinstileError 'config-invalid' for an unknown zone.
 */
export function dayOf(zone: string, start = 0, clockOf: ClockOf = localClock): DayAt {
  const clock = clockOf(zone);
  return (at) => {
    const local = clock(at);
    if (local === undefined) return undefined;
    return local.minute >= start ? local.date : dayBefore(local.date);
  };
}
