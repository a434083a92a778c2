/**
 * Rate limits: token buckets that refill as time passes.
 *
 * Pure, or with nothing but numbers as state; the time is an argument. A clock that is set back adds nothing and takes nothing,
 * and a time or a cost that is no number is refused.
 */
import type { Monotonic } from './units.js';

export interface RateLimit {
  /** Tokens at once, above 0. A cost above it is never met. */
  readonly burst: number;
  /** In the long run, 0 or more. */
  readonly perSecond: number;
}

/** Tokens left at a time. A value, for pure stages. */
export interface BucketLevel {
  /** Tokens, 0 to the burst, fractional. */
  readonly left: number;
  readonly at: Monotonic;
}

export const fullBucket = ({ burst }: RateLimit, at: Monotonic): BucketLevel => ({ left: burst, at });

/** Adds what has flowed in since; never more than the burst. */
export function refilled(before: BucketLevel, { burst, perSecond }: RateLimit, now: Monotonic): BucketLevel {
  if (!(now > before.at)) return before;
  return { left: Math.min(burst, before.left + ((now - before.at) / 1000) * perSecond), at: now };
}

interface TokenBucket {
  /** Takes all of the tokens or none. @param tokens above 0; 1 when absent. @returns whether there were enough. */
  take(now: Monotonic, tokens?: number): boolean;
}

/** Starts full. */
export function createTokenBucket(limit: RateLimit): TokenBucket {
  let level: BucketLevel | undefined;
  return {
    take(now, tokens = 1) {
      if (!(now > Number.NEGATIVE_INFINITY)) return false;
      const before = refilled(level ?? fullBucket(limit, now), limit, now);
      const left = before.left - tokens;
      // Asks for proof: nothing is free, and NaN is not enough.
      if (!(tokens > 0 && left >= 0)) return false;
      level = { left, at: before.at };
      return true;
    },
  };
}

interface KeyedTokenBuckets {
  /** As TokenBucket.take, separately for each key. */
  take(key: string, now: Monotonic, tokens?: number): boolean;
  /** Keys that are remembered, at most MAX_KEYS. */
  readonly size: number;
}

/**
 * Limits each key separately, for a bounded number of keys.
 *
 * A key is evicted only when its tokens are complete again, so that eviction grants nothing. While the map is full, all
 * further keys share one limit: a client that invents keys gets `maxKeys` times the limit and one more, and earlier keys
 * keep theirs.
 *
 * @param maxKeys 1 or more.
 */
export function createKeyedTokenBuckets(limit: RateLimit, maxKeys: number): KeyedTokenBuckets {
  /** Those that were not used for longest first: the first is the first to be full again. */
  const levels = new Map<string, BucketLevel>();
  const shared = createTokenBucket(limit);
  const makeRoom = (now: Monotonic): boolean => {
    for (const [key, level] of levels) {
      if (levels.size < maxKeys) return true;
      if (refilled(level, limit, now).left < limit.burst) return false;
      levels.delete(key);
    }
    return levels.size < maxKeys;
  };
  return {
    get size() {
      return levels.size;
    },
    take(key, now, tokens = 1) {
      if (!(now > Number.NEGATIVE_INFINITY) || !(tokens > 0)) return false;
      const known = levels.get(key);
      if (known === undefined && !makeRoom(now)) return shared.take(now, tokens);
      const before = refilled(known ?? fullBucket(limit, now), limit, now);
      const left = before.left - tokens;
      if (!(left >= 0)) return false;
      levels.delete(key);
      levels.set(key, { left, at: before.at });
      return true;
    },
  };
}
