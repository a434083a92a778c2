/**
 * Checks whether the wall clock is plausible. Validity dates and schedules depend on it, so a lane without the time admits no one.
 *
 * It is measured against the time since the machine started, which cannot be set and which goes on in a suspended machine.
 * A box without a battery starts days behind; when a time service sets it right, that is a jump which the kernel vouches for.
 * Pure: time comes in as arguments.
 */
import { type Millis, type Monotonic, millis, type WallTime } from '../../base/units.js';

export type ClockVerdict = 'plausible' | 'before-release' | 'jumped';

export interface ClockWatch {
  /** To be asked every second or so. @param now time since the machine started, suspension included. */
  check(now: Monotonic, wall: WallTime): ClockVerdict;
  /**
   * Accepts what the clock shows, because it is kept by a time service: to be called only with an answer that was asked for after
   * the jump. A time before the release is still refused.
   */
  vouch(now: Monotonic, wall: WallTime): void;
}

/** A box that was off for a day is set right in smaller steps than this by its real-time clock. */
const MAX_JUMP: Millis = millis(5 * 60_000);
/** Time daemons slew by at most 500 ppm; twice that is followed. */
const FOLLOW_PER_MS = 0.001;
/** A jump that is not reversed within an hour was intended: an operator has set the clock, or a network came back. */
const STEP_CONFIRMED_AFTER: Millis = millis(60 * 60_000);

/** @param released when this version was made: no right clock shows an earlier time. */
export function createClockWatch(released: WallTime): ClockWatch {
  /** Wall time minus monotonic time, as it was when the clock was last plausible. */
  let trusted: { offset: number; at: Monotonic } | undefined;
  let jump: { readonly offset: number; readonly at: Monotonic } | undefined;
  return {
    vouch(now, wall) {
      if (!(wall >= released)) return;
      trusted = { offset: wall - now, at: now };
      jump = undefined;
    },
    check(now, wall) {
      if (!(wall >= released)) {
        // From here on, the first time that is possible at all is a repair and no jump.
        trusted = undefined;
        jump = undefined;
        return 'before-release';
      }
      const offset = wall - now;
      trusted ??= { offset, at: now };
      if (isNear(offset, trusted.offset)) {
        const most = Math.max(0, now - trusted.at) * FOLLOW_PER_MS;
        const step = Math.min(most, Math.max(-most, offset - trusted.offset));
        trusted = { offset: trusted.offset + step, at: now };
        jump = undefined;
        return 'plausible';
      }
      if (jump === undefined || !isNear(offset, jump.offset)) jump = { offset, at: now };
      if (now - jump.at < STEP_CONFIRMED_AFTER) return 'jumped';
      trusted = { offset, at: now };
      jump = undefined;
      return 'plausible';
    },
  };
}

const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= MAX_JUMP;
