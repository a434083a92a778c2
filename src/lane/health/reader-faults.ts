/** Remembers which readers send messages that cannot be used, for the lane's state and once for the log. */

import type { Clock } from '../../base/clock.js';
import { createTokenBucket, type RateLimit } from '../../base/token-bucket.js';
import { type Monotonic, millis, type WallTime } from '../../base/units.js';

export interface ReaderFault {
  /** Its name in its messages; absent where they contain no valid one. */
  readonly reader?: string;
  /** "Expected X, got Y." of the newest of its messages that could not be used. */
  readonly problem: string;
  readonly since: WallTime;
}

export interface ReaderFaults {
  notUnderstood(reader: string | undefined, problem: string): void;
  /** A message of the reader was understood: its fault is over. */
  understood(reader: string): void;
  list(): readonly ReaderFault[];
}

/** Names are whatever a message claims: more than these are not kept. */
const MAX_READERS = 8;
/** Each new fault changes the retained state; without a limit, any publisher here could change it with each message. */
const NEW_FAULTS: RateLimit = { burst: 8, perSecond: 1 / 10 };
/** After the last such message: an unnamed reader cannot show that it was mended. */
const KEPT = millis(24 * 3_600_000);

export function createReaderFaults({
  clock,
  onNew,
}: {
  readonly clock: Clock;
  /** Called once for each fault. */
  readonly onNew: (fault: ReaderFault) => void;
}): ReaderFaults {
  const faults = new Map<string, { fault: ReaderFault; at: Monotonic }>();
  const fresh = createTokenBucket(NEW_FAULTS);
  return {
    notUnderstood(reader, problem) {
      const now = clock.monotonic();
      const key = reader ?? '';
      const known = faults.get(key);
      if (known?.fault.problem === problem) {
        known.at = now;
        return;
      }
      if ((known === undefined && faults.size >= MAX_READERS) || !fresh.take(now)) return;
      const since = known?.fault.since ?? clock.wall();
      const fault = reader === undefined ? { problem, since } : { reader, problem, since };
      faults.set(key, { fault, at: now });
      onNew(fault);
    },
    understood: (reader) => void faults.delete(reader),
    list() {
      const now = clock.monotonic();
      for (const [key, { at }] of faults) if (now - at > KEPT) faults.delete(key);
      return [...faults.values()].map(({ fault }) => fault);
    },
  };
}
