/** Chooses the format of the segments: a new one only when every box that may read them has reported that it does. */
import {
  NEWEST_SEGMENT_FORMAT,
  OLDEST_SEGMENT_FORMAT,
  type SegmentFormat,
} from '../segments/segment-format.js';

export interface FormatChoice {
  readonly format: SegmentFormat;
  /** Boxes that have not reported a newer format yet, rising; none where nothing waits. */
  readonly waitsFor: readonly string[];
}

/**
 * Chooses between the format in which the gallery is published and the newest one. Pure.
 *
 * It never goes back by itself: one box that was put back to an older program would otherwise take the conditions, and with
 * them the centres, from all others.
 * @param before format of what is published.
 * @param devices names of the boxes that may read.
 * @param reported the highest format that each box reads; boxes that reported nothing are missing.
 */
export function chooseFormat(
  before: SegmentFormat,
  devices: readonly string[],
  reported: ReadonlyMap<string, number>,
): FormatChoice {
  const waitsFor = devices.filter(
    (name) => !((reported.get(name) ?? OLDEST_SEGMENT_FORMAT) >= NEWEST_SEGMENT_FORMAT),
  );
  if (before === NEWEST_SEGMENT_FORMAT || waitsFor.length === 0)
    return { format: NEWEST_SEGMENT_FORMAT, waitsFor: [] };
  return { format: before, waitsFor: waitsFor.sort() };
}
