/** Sums of a camera over weeks: what is old fades, so that a new lamp is the camera after some weeks. */
import { added, type CameraStatistics, faded } from './camera-statistics.js';

export interface KeptSums {
  readonly statistics: CameraStatistics;
  /** Local day to which they are faded, "2026-11-25". */
  readonly day: string;
}

/** After so many days a passage counts half. */
export const HALF_LIFE_DAYS = 14;

const DAY_MS = 86_400_000;

/** @param day local, of the batch; one before that of the sums (a clock that was set back) fades nothing. */
export function withBatch(kept: KeptSums | undefined, batch: CameraStatistics, day: string): KeptSums {
  if (kept === undefined) return { statistics: batch, day };
  const days = Math.round((Date.parse(day) - Date.parse(kept.day)) / DAY_MS);
  const isLater = days > 0;
  const old = !isLater ? kept.statistics : faded(kept.statistics, 2 ** (-days / HALF_LIFE_DAYS));
  return { statistics: added(old, batch), day: isLater ? day : kept.day };
}
