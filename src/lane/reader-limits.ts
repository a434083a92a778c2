/**
 * Rate-limits badge messages, and the decoding of photographs, by reader.
 *
 * MQTT does not identify the publisher of a message, and a message may claim any reader's name. So a reader that has proved itself
 * gets a limit of its own, which others cannot exhaust by inventing names; all others share a few.
 */
import { createKeyedTokenBuckets, type RateLimit } from '../base/token-bucket.js';
import type { Monotonic } from '../base/units.js';

/** A reader proves itself by a badge that has a holder. */
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

/**
 * Determines whose decoding budget a photograph from a reader uses.
 *
 * A few names have a budget of their own: those that first showed a badge which is held here, or a photograph with a face. A name
 * that comes later takes no place away from one that is in use. A client that may publish on the lane's topic can still spend the budget
 * of every reader there by using its name; other lanes have topics, and budgets, of their own.
 */
interface PhotoSenders {
  /** @returns the sender for the budget: the reader itself where it has one of its own. */
  of(reader: string): string;
  /** The reader has shown something that a real one shows. */
  proved(reader: string, now: Monotonic): void;
}

/** A gate has a reader on each side, and perhaps a third one. More names would allow more decoding in total. */
const MAX_OWN = 3;
/** A reader that was silent for so long, in ms, may have been replaced. */
const OFFLINE = 3_600_000;

export function createPhotoSenders(): PhotoSenders {
  /** The last message of each name, oldest first. */
  const own = new Map<string, Monotonic>();
  return {
    of: (reader) => (own.has(reader) ? `reader ${reader}` : 'others'),
    proved(reader, now) {
      const [silent] = own;
      if (!own.has(reader) && own.size >= MAX_OWN) {
        if (silent === undefined || !(now - silent[1] >= OFFLINE)) return;
        own.delete(silent[0]);
      }
      own.delete(reader);
      own.set(reader, now);
    },
  };
}
