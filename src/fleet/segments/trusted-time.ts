import { type WallTime, wallTime } from '../../base/units.js';

/**
 * A box without a battery starts in 1970, and a clock that is set back could make old metadata valid again. Time here
 * is never before the largest time that was ever signed by the fleet; it is kept with the gallery and survives reboots.
 */
export const trustedTimeOf = (clock: WallTime, trustedTime: WallTime): WallTime =>
  wallTime(Number.isFinite(clock) ? Math.max(clock, trustedTime) : trustedTime);
