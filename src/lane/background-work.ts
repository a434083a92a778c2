/** Runs work that must not delay the next frame and must not be lost: bounded where a message asked for it. */

import type { Clock } from '../base/clock.js';
import { untilAborted } from '../base/delay.js';
import { explain } from '../base/errors.js';
import { createLimitedReports, ONCE_A_MINUTE } from '../base/limited-reports.js';
import type { LaneDependencies, LaneNote } from './lane-dependencies.js';

export interface BackgroundWork {
  start(work: Promise<unknown>): void;
  /** Until the signal aborts. @throws the first failure. */
  watch(signal: AbortSignal): Promise<void>;
  /** When everything that was started has ended, well or not. */
  settled(): Promise<void>;
}

export function createBackgroundWork(): BackgroundWork {
  const running = new Set<Promise<unknown>>();
  let fail = (_reason: unknown): void => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // The failure may come before or after anything awaits it.
  failed.catch(() => {});
  return {
    start(work) {
      const guarded = work.catch(fail).finally(() => running.delete(guarded));
      running.add(guarded);
    },
    watch: async (signal) => void (await untilAborted(signal, [failed])),
    async settled() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

/**
 * Runs work that a message requested: bounded, finished before the lane ends, and without ending the lane by an error.
 *
 * Any client of the broker may send any content. So a message with an error is reported and dropped; the gate stays shut.
 */
export interface MessageWork {
  /** @returns whether it was started; not when as much is under way as may be. */
  start(work: () => Promise<unknown>): boolean;
}

interface MessageWorkDependencies {
  readonly background: Pick<BackgroundWork, 'start'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly onNote?: ((note: LaneNote) => void) | undefined;
}

/** By what asked for it: each kind has a limit of its own. */
export interface LaneWork {
  readonly badges: MessageWork;
  /** Grants and refusals that a badge brought about. */
  readonly badgeDecisions: MessageWork;
  readonly passages: MessageWork;
  readonly commands: MessageWork;
}

/** At once: far fewer than the database lets wait, so that the lane's own decisions are still written. */
const MAX_WORK = { badges: 16, commands: 16, passages: 8, badgeDecisions: 16 };

export function createLaneWork(
  { identity, ports, observer }: LaneDependencies,
  background: BackgroundWork,
): LaneWork {
  const { topics } = identity;
  const workOf = (topic: string, max: number) =>
    createMessageWork({ background, clock: ports.clock, onNote: observer?.onNote }, topic, max);
  return {
    badges: workOf(topics.badge, MAX_WORK.badges),
    badgeDecisions: workOf(topics.badge, MAX_WORK.badgeDecisions),
    passages: workOf(topics.gate.passage, MAX_WORK.passages),
    commands: workOf(`${topics.base}/command`, MAX_WORK.commands),
  };
}

/**
 * @param topic where the messages come from, for the report.
 * @param max how many may be under way: what they wait for is the database, which other lanes need too.
 */
function createMessageWork(
  { background, clock, onNote }: MessageWorkDependencies,
  topic: string,
  max: number,
): MessageWork {
  let underWay = 0;
  const faults = createLimitedReports<string>({
    limit: ONCE_A_MINUTE,
    maxKinds: 1,
    report: (detail, count) => onNote?.({ kind: 'message-failed', topic, detail, count }),
  });
  const guarded = async (work: () => Promise<unknown>): Promise<void> => {
    underWay += 1;
    try {
      await work();
    } catch (error) {
      faults.add(topic, explain(error).slice(0, 500), clock.monotonic());
    } finally {
      underWay -= 1;
    }
  };
  return {
    start(work) {
      if (underWay >= max) return false;
      background.start(guarded(work));
      return true;
    },
  };
}
