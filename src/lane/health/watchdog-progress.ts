/**
 * Decides whether the watchdog may be pinged: only while every lane makes the progress expected of it.
 *
 * A broken camera or a vision process that exits delivers no frames: that degrades the lane, and a restart of core would not
 * repair it. Frames that arrive and are not processed, or a loop that does not run, mean that core hangs.
 */
import { type Millis, type Monotonic, millis } from '../../base/units.js';

/** When a lane last did what. Absent: not yet. */
export interface LaneProgress {
  /** Its loop went round. */
  readonly turnedAt?: Monotonic;
  /** The first frame, with its inferences finished, that arrived since the last one was processed. */
  readonly waitingSince?: Monotonic;
  /** The camera was a finite recording, and is over. */
  readonly isOver: boolean;
}

export interface ProgressLimits {
  /** Longest time between two runs of a lane's loop: it runs five times per second. */
  readonly turn: Millis;
  /** Longest time in which frames may arrive without one being processed: a search over a million templates takes 30 ms. */
  readonly judgement: Millis;
}

/** Well above the 2 s that one write to the journal may take, and together with WatchdogSec below a quarter of a minute. */
const PROGRESS_LIMITS: ProgressLimits = { turn: millis(5000), judgement: millis(5000) };

export type Hang = 'loop-stands' | 'frames-wait';

/** Pure. @returns what hangs; undefined when all that can be expected is done. */
export function hangOf(
  { turnedAt, waitingSince, isOver }: LaneProgress,
  now: Monotonic,
  limits: ProgressLimits = PROGRESS_LIMITS,
): Hang | undefined {
  // Before its first turn a lane is starting, for which the service has its own limit.
  if (isOver || turnedAt === undefined) return undefined;
  // Asked this way round, a clock that gives NaN is no proof of progress.
  if (!(now - turnedAt <= limits.turn)) return 'loop-stands';
  if (waitingSince !== undefined && !(now - waitingSince <= limits.judgement)) return 'frames-wait';
  return undefined;
}

/** What one lane notes down as it goes. */
export interface ProgressNotes {
  turned(now: Monotonic): void;
  /** A frame came from the vision process: it was taken, and its inferences are finished. */
  heardFrame(now: Monotonic): void;
  judgedFrame(): void;
  over(): void;
  read(): LaneProgress;
}

export function createProgressNotes(): ProgressNotes {
  let turnedAt: Monotonic | undefined;
  let waitingSince: Monotonic | undefined;
  let isOver = false;
  return {
    turned(now) {
      turnedAt = now;
    },
    heardFrame(now) {
      waitingSince ??= now;
    },
    judgedFrame() {
      waitingSince = undefined;
    },
    over() {
      isOver = true;
    },
    read: () => ({
      turnedAt,
      waitingSince,
      isOver,
    }),
  };
}
