/** How much is listened to: a bucket that fills by itself. */
import type { Monotonic } from '../../base/units.js';

export interface Allowance {
  /** @returns whether there was one left. */
  take(now: Monotonic): boolean;
}

/** @param burst at once, 1 or more. @param perSecond in the long run, above 0. */
export function createAllowance(burst: number, perSecond: number): Allowance {
  let left = burst;
  let at: Monotonic | undefined;
  return {
    take(now) {
      if (at !== undefined && now > at) left = Math.min(burst, left + ((now - at) / 1000) * perSecond);
      at = now;
      if (!(left >= 1)) return false;
      left -= 1;
      return true;
    },
  };
}
