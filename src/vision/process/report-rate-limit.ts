/** Rate-limits the messages of a vision process: a flood would take the event loop, and every lane with it. */
import { TwinstileError } from '../../base/errors.js';
import { createTokenBucket, type RateLimit } from '../../base/token-bucket.js';
import { monotonic } from '../../base/units.js';

/**
 * A sound process sends at most about a hundred messages a second: frames, heartbeats, answers to photographs. About half a
 * minute of frames may come at once after core itself was held up.
 */
const LIMIT: RateLimit = { burst: 2000, perSecond: 500 };
/** What is long costs as much as several short ones: it has to be parsed. */
const BYTES_FOR_ONE = 64 * 1024;

/** @returns a check for each message. @throws TwinstileError 'vision-protocol'. */
export function limitReportRate(): (bytes: number, now: number) => void {
  const bucket = createTokenBucket(LIMIT);
  return (bytes, now) => {
    if (bucket.take(monotonic(now), 1 + bytes / BYTES_FOR_ONE)) return;
    throw new TwinstileError({
      code: 'vision-protocol',
      message: `Expected at most ${LIMIT.perSecond} messages a second, got a flood.`,
      hint: 'Look into the log for what the vision process wrote before; it is replaced.',
    });
  };
}
