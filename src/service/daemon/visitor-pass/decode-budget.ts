/**
 * Limits the seconds of decoding that one sender of pass photographs may use.
 *
 * The cost of a photograph is known only afterwards, so a sender may begin while anything is left, and the cost is deducted
 * then: the level falls below zero, by one decode at most, and is refilled before the next one.
 */
import { type BucketLevel, fullBucket, type RateLimit, refilled } from '../../../base/token-bucket.js';
import type { Monotonic } from '../../../base/units.js';

export interface DecodeBudget {
  /** @returns whether the sender has budget left. */
  mayBegin(sender: string, now: Monotonic): boolean;
  charge(sender: string, now: Monotonic, seconds: number): void;
}

/**
 * Budget of a sender: a visitor's photograph takes a tenth of a second, and visitors at one reader arrive some seconds apart.
 */
const SECONDS: RateLimit = { burst: 6, perSecond: 0.2 };
/** Number of senders with budgets of their own. Further ones share one budget until one of these is full again. */
const MAX_SENDERS = 128;
const REST = '';

export function createDecodeBudget(): DecodeBudget {
  const levels = new Map<string, BucketLevel>();
  const levelOf = (key: string, now: Monotonic) =>
    refilled(levels.get(key) ?? fullBucket(SECONDS, now), SECONDS, now);
  const keyOf = (sender: string, now: Monotonic): string => {
    if (levels.has(sender) || levels.size < MAX_SENDERS) return sender;
    // Only full budgets are removed: no sender gains budget by the removal.
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
