/** Days as people count them: from which on and until when something is valid, and which day it is for a counter. */

import { type ClockOf, dayBefore, localClock } from '../../base/local-time.js';
import type { WallTime } from '../../base/units.js';

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
