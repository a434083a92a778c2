/**
 * Seconds of decoding that one sender of pass photographs may use.
 *
 * What a photograph costs is known only afterwards, so a sender may begin while anything is left, and what it used is taken
 * then: the level goes below zero, by one decode at most, and is paid back before the next one.
 */
import { type BucketLevel, fullBucket, type RateLimit, refilled } from '../../../base/token-bucket.js';
import type { Monotonic } from '../../../base/units.js';

export interface DecodeBudget {
  /** @returns whether the sender has anything left. */
  mayBegin(sender: string, now: Monotonic): boolean;
  charge(sender: string, now: Monotonic, seconds: number): void;
}

/** A visitor's photograph takes a tenth of a second, and visitors of one reader come some seconds apart. */
const SECONDS: RateLimit = { burst: 6, perSecond: 0.2 };
/** More senders than that share one budget while none of them is full again. */
const MAX_SENDERS = 128;
const REST = '';

export function createDecodeBudget(): DecodeBudget {
  const levels = new Map<string, BucketLevel>();
  const levelOf = (key: string, now: Monotonic) =>
    refilled(levels.get(key) ?? fullBucket(SECONDS, now), SECONDS, now);
  const keyOf = (sender: string, now: Monotonic): string => {
    if (levels.has(sender) || levels.size < MAX_SENDERS) return sender;
    // Only full ones are forgotten: no sender gets more by being forgotten.
    for (const key of levels.keys()) if (levelOf(key, now).left >= SECONDS.burst) levels.delete(key);
    return levels.size < MAX_SENDERS ? sender : REST;
  };
  return {
    mayBegin: (sender, now) => levelOf(keyOf(sender, now), now).left > 0,
    charge(sender, now, seconds) {
      const key = keyOf(sender, now);
      const level = levelOf(key, now);
      levels.set(key, { left: level.left - Math.max(0, seconds), at: level.at });
    },
  };
}
