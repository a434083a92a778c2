/**
 * Rate-limits badge messages by reader.
 *
 * MQTT does not identify the publisher of a message, and a message may claim any reader's name. So a reader that has shown a
 * badge with a holder gets a rate limit of its own, which others cannot exhaust by inventing names; all others share a few.
 */
import { createKeyedTokenBuckets, type RateLimit } from '../base/token-bucket.js';
import type { Monotonic } from '../base/units.js';

export interface BadgeLimit {
  /** @returns whether this message is processed. */
  take(reader: string, now: Monotonic): boolean;
  /** The reader has shown a badge that has a holder here. */
  known(reader: string): void;
}

/** A person holds a card for a second; a reader that repeats by itself does so a few times. */
const KNOWN: RateLimit = { burst: 20, perSecond: 2 };
/** Each costs a database query and, where it has no holder, a row of the journal. */
const UNKNOWN: RateLimit = { burst: 5, perSecond: 0.5 };
const MAX_KNOWN = 64;
const MAX_UNKNOWN = 4;

export function createBadgeLimit(): BadgeLimit {
  const known = new Set<string>();
  const ofKnown = createKeyedTokenBuckets(KNOWN, MAX_KNOWN);
  const ofUnknown = createKeyedTokenBuckets(UNKNOWN, MAX_UNKNOWN);
  return {
    take: (reader, now) => (known.has(reader) ? ofKnown : ofUnknown).take(reader, now),
    known(reader) {
      known.delete(reader);
      known.add(reader);
      const [oldest] = known;
      if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
    },
  };
}
