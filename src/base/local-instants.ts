/** When does a day, or a minute, of a place begin? The inverse of its clock on the wall. */

import { type LocalClock, type LocalTime, localClock } from './local-time.js';
import { type WallTime, wallTime } from './units.js';

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
export function instantOf(zone: string, date: string, minute = 0): WallTime {
  const clock = localClock(zone);
  const wanted = Date.parse(`${date}T00:00:00Z`) + minute * MINUTE_MS;
  // No place is further from UTC than 15 hours, and clocks change at most once within two days: these are all offsets there are.
  const offsets = [wanted - DAY_MS, wanted + DAY_MS].map((at) => offsetAt(clock, at));
  const shown = offsets
    .map((offset) => wanted - offset)
    .filter((at) => asUtc(clock(wallTime(at))) === wanted)
    .sort((a, b) => a - b);
  return wallTime(shown[0] ?? wanted - (offsets[0] ?? 0));
}

const offsetAt = (clock: LocalClock, at: number): number => asUtc(clock(wallTime(at))) - at;

const asUtc = (local: LocalTime | undefined): number =>
  local === undefined ? Number.NaN : Date.parse(`${local.date}T00:00:00Z`) + local.minute * MINUTE_MS;
