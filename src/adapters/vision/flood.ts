/** Does a process say more than core should listen to? A flood would take the event loop, and every lane with it. */
import { TwinstileError } from '../../base/errors.js';

/** An honest process says at most about a hundred things a second: frames, heartbeats, answers to photographs. */
const PER_SECOND = 500;
/** About half a minute of frames, which may come at once after core itself was held up. */
const AT_ONCE = 2000;
/** What is long costs as much as several short ones: it has to be parsed. */
const BYTES_FOR_ONE = 64 * 1024;

/** @returns a check for each message. @throws TwinstileError 'vision-protocol'. */
export function boundTheFlood(start: number): (bytes: number, now: number) => void {
  let left = AT_ONCE;
  let before = start;
  return (bytes, now) => {
    left = Math.min(AT_ONCE, left + ((now - before) / 1000) * PER_SECOND) - (1 + bytes / BYTES_FOR_ONE);
    before = now;
    if (left >= 0) return;
    throw new TwinstileError({
      code: 'vision-protocol',
      message: `Expected at most ${PER_SECOND} messages a second, got a flood.`,
      hint: 'Look into the log for what the vision process wrote before; it is replaced.',
    });
  };
}
