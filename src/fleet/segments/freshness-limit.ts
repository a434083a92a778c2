/** How old may what is known of the gallery be? The badge modes are the site's to choose; a face alone ends here. */
import type { Millis, WallTime } from '../../base/units.js';

/** From the newest timestamp that was ever taken. */
export interface GalleryFreshness {
  readonly signedAt: WallTime;
  readonly expires: WallTime;
}

/** 'ageing' is an alarm and changes nothing at the gate. */
export type FreshnessState = 'fresh' | 'ageing' | 'expired';

/**
 * Pure. Asks for proof: without a timestamp, or with numbers that make no sense, a gallery is expired.
 * @param now never before the largest signed time that was ever seen: see trusted-time.ts.
 * @param grace after expiry, 0 or more.
 */
export function freshnessStateOf(
  freshness: GalleryFreshness | undefined,
  now: WallTime,
  grace: Millis,
): FreshnessState {
  if (freshness === undefined) return 'expired';
  const { signedAt, expires } = freshness;
  if (now <= signedAt + (expires - signedAt) / 2) return 'fresh';
  return now <= expires + grace ? 'ageing' : 'expired';
}
