import { TwinstileError } from '../../base/errors.js';
import type { Monotonic } from '../../base/units.js';
import type { FrameReport } from '../ports/vision.js';

/** A picture cannot be taken after it was reported; this much is left for rounding between two readings of one clock. */
const AHEAD_MS = 50;

/**
 * Checks each frame of one process against the ones before it.
 * @param clipTime when frames carry the time in a clip, which has nothing to do with the clock.
 * @returns a check that throws TwinstileError 'vision-protocol' when a number repeats or falls, when the time falls,
 * or when it is in the future.
 */
export function keepOrder(clipTime: boolean): (frame: FrameReport, now: Monotonic) => void {
  let seq = -1;
  let at = -1;
  return (frame, now) => {
    if (!(frame.seq > seq)) throw outOfOrder(`a frame number above ${seq}`, frame.seq);
    if (!(frame.at >= at)) throw outOfOrder(`a frame's time of ${at} or later`, frame.at);
    if (!clipTime && !(frame.at <= now + AHEAD_MS)) throw outOfOrder(`a frame's time up to ${now}`, frame.at);
    seq = frame.seq;
    at = frame.at;
  };
}

const outOfOrder = (expected: string, got: number): TwinstileError =>
  new TwinstileError({
    code: 'vision-protocol',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'Look into the log for what the vision process wrote before; it is replaced.',
  });
