import type { Millis, Monotonic } from '../../base/units.js';

/**
 * 'repeated': the very picture that was seen last, so it proves nothing new.
 * 'frozen': it has been that picture for too long; the camera shows the past.
 * 'late': a new picture, but taken too long ago.
 */
export type Freshness = 'fresh' | 'late' | 'repeated' | 'frozen';

export interface FreshnessLimits {
  /** The same picture for this long or longer is frozen. */
  readonly frozenAfter: Millis;
  /** A picture older than this is late. */
  readonly lateAfter: Millis;
}

/** Both times are of one clock. */
export interface SampledPicture {
  readonly sample: Uint8Array;
  /** When the picture was taken. */
  readonly taken: Monotonic;
  readonly now: Monotonic;
}

/** What is remembered of the picture that was new last. */
export interface LastChange {
  /** A sample of the whole picture, the same size each time. */
  readonly sample: Uint8Array;
  readonly at: Monotonic;
}

export interface FreshnessVerdict {
  readonly freshness: Freshness;
  /** To be handed in with the next picture. */
  readonly lastChange: LastChange;
}

/**
 * Exact identity, on purpose: a sensor has noise, so no two pictures of a live one agree in every byte, not even of
 * an empty wall at night. Any tolerance would call that wall frozen.
 */
export function checkFreshness(
  { sample, taken, now }: SampledPicture,
  last: LastChange | undefined,
  { frozenAfter, lateAfter }: FreshnessLimits,
): FreshnessVerdict {
  if (last !== undefined && isSame(sample, last.sample)) {
    const freshness = now - last.at < frozenAfter ? 'repeated' : 'frozen';
    return { freshness, lastChange: last };
  }
  const isInTime = now - taken <= lateAfter;
  return { freshness: isInTime ? 'fresh' : 'late', lastChange: { sample, at: now } };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
