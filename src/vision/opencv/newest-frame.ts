/**
 * Decides whether the frame that was just read is the newest, or a newer one waits behind it.
 *
 * The binding cannot ask: it has no grab() without decoding and no count of what waits. So it is computed from time, and
 * the same computation gives when the frame was taken, so that a buffered frame is known to be old.
 */
import { type Monotonic, monotonic } from '../../base/units.js';

/** One read: when it was asked for, when it came, and the frame's time by the backend, in ms. */
interface Reading {
  readonly start: number;
  readonly end: number;
  readonly stamp: number;
}

interface Taken {
  readonly isNewest: boolean;
  readonly at: Monotonic;
}

export type ReadingCheck = (reading: Reading) => Taken;

/** For sources that hold one frame only. */
export const holdsOne: ReadingCheck = ({ end }) => ({ isNewest: true, at: monotonic(end) });

/** A frame this many intervals old has a successor, even if that one was a little late. */
const SURELY_FOLLOWED = 1.5;

/** Stamps older than this are not of this machine's clock. */
const OLDEST_STAMP = 5000;

/**
 * For V4L2, which stamps its buffers with CLOCK_MONOTONIC.
 * @param interval between frames, in ms.
 */
export function byClockStamp(interval: number): ReadingCheck {
  return ({ start, end, stamp }) => {
    if (stamp > end || end - stamp > OLDEST_STAMP) return { isNewest: true, at: monotonic(end) };
    return { isNewest: start - stamp <= SURELY_FOLLOWED * interval, at: monotonic(stamp) };
  };
}

/** How fast the smallest delay may grow, so that a camera's clock that runs slow is followed: twice what quartz does. */
const DRIFT = 0.0002;

/**
 * For RTSP, whose stamps come from the camera and run with its clock: the smallest delay seen between a stamp and its
 * arrival counts as no delay, and what comes later than that was buffered.
 */
export function byStreamStamp(interval: number): ReadingCheck {
  let offset: number | undefined;
  let last: Reading | undefined;
  return (reading) => {
    const { start, end, stamp } = reading;
    // A stamp that jumps begins a new count.
    const follows = last !== undefined && stamp > last.stamp && stamp - last.stamp < OLDEST_STAMP;
    const drifted = offset === undefined || last === undefined ? 0 : offset + DRIFT * (end - last.end);
    offset = follows ? Math.min(drifted, end - stamp) : end - stamp;
    last = reading;
    const at = offset + stamp;
    return { isNewest: start - at <= SURELY_FOLLOWED * interval, at: monotonic(at) };
  };
}

/** A read that took this share of the interval had to wait for its frame, so nothing waits behind it. */
const WAITED = 0.6;

/** A read may also be slow by chance. When by the count so many frames still wait, two must wait in a row. */
const SUSPICIOUS = 2;

/** Without a read that waited for this long, in ms, the count is checked by reading until one does. */
const COUNT_TRUSTED = 1000;

/** Longest pause between two reads, in ms, that leaves no time for other work. */
const BACK_TO_BACK = 2;

/** Share of a new measurement in the learnt interval. */
const LEARN = 0.1;

/** So many more frames than could have come: the camera is faster than thought. */
const TOO_MANY = 5;

/**
 * For MJPEG over HTTP, which has no stamps: counts how many frames must have come since the buffer was last seen empty.
 * @param interval first guess, in ms; the true one is learnt.
 */
export function byCount(interval: number): ReadingCheck {
  let step = interval;
  let emptyAt = Number.NEGATIVE_INFINITY;
  /** Since the buffer was seen empty. */
  let reads = 0;
  let waitedAt: number | undefined;
  let lastEnd = Number.NEGATIVE_INFINITY;
  /** How long the last reads took, before the buffer was ever seen empty. */
  let first: number[] = [];

  const seenEmpty = (end: number): Taken => {
    emptyAt = end;
    reads = 0;
    return { isNewest: true, at: monotonic(end) };
  };

  /** A camera much faster than guessed makes no read wait for long: each takes its interval, all the same. */
  const startsFast = (took: number): boolean => {
    first = [...first, took].slice(-TOO_MANY);
    if (first.length < TOO_MANY || Math.min(...first) < step / 5) return false;
    step = first.reduce((sum, value) => sum + value, 0) / TOO_MANY;
    return true;
  };

  return ({ start, end }) => {
    const isBackToBack = start - lastEnd <= BACK_TO_BACK;
    lastEnd = end;
    reads += 1;
    const due = Math.floor((end - emptyAt) / step);
    if (end - start >= WAITED * step) {
      const isConfirmed = due - reads < SUSPICIOUS || (waitedAt !== undefined && isBackToBack);
      if (waitedAt !== undefined) step += LEARN * (Math.min(end - waitedAt, 2 * step) - step);
      waitedAt = end;
      if (isConfirmed) return seenEmpty(end);
    } else {
      waitedAt = undefined;
      if (!Number.isFinite(emptyAt)) {
        if (startsFast(end - start)) return seenEmpty(end);
        return { isNewest: false, at: monotonic(end) };
      }
      if (reads - due >= TOO_MANY) step = (end - emptyAt) / reads;
    }
    const at = Number.isFinite(emptyAt) ? Math.min(end, emptyAt + reads * step) : end;
    return { isNewest: end - emptyAt < COUNT_TRUSTED && due <= reads, at: monotonic(at) };
  };
}
