/**
 * The service watches itself: clock, disk, and whether every lane makes progress. Tells the lanes what is wrong outside of
 * them, and systemd how it is; feeds the watchdog only while nothing hangs.
 */

import type { Clock } from '../../base/clock.js';
import { pause } from '../../base/delay.js';
import { type Millis, type Monotonic, millis, monotonic, type WallTime } from '../../base/units.js';
import { type ClockVerdict, createClockWatch } from '../../lane/health/clock-watch.js';
import type { Degraded } from '../../lane/health/degraded-modes.js';
import type { LaneState } from '../../lane/health/lane-state-message.js';
import {
  createProgressNotes,
  type Hang,
  hangOf,
  type ProgressNotes,
} from '../../lane/health/watchdog-progress.js';
import { isFullNow } from '../../platform/free-space.js';
import type { Log } from '../../platform/log.js';
import type { Notifier } from '../../platform/systemd-notify.js';
import { statusLine } from './status-line.js';

export interface SelfWatchDependencies {
  readonly lanes: readonly string[];
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  readonly notifier: Notifier;
  readonly released: WallTime;
  /** Since the machine started, suspension included. */
  readonly sinceBoot: () => Monotonic;
  /** Whether a time service keeps the clock; undefined where nothing can tell. */
  readonly isTimeSynchronised: () => Promise<boolean | undefined>;
  /** In bytes. */
  readonly freeSpace: () => Promise<number | undefined>;
}

export interface SelfWatch {
  readonly faults: () => readonly Degraded[];
  /** @returns where a lane notes down its progress: the same each time it is asked for one. */
  progressOf(lane: string): ProgressNotes;
  stateIs(lane: string, state: LaneState): void;
  /** systemd calls the service reloading meanwhile. */
  whileReloading<T>(work: () => Promise<T>): Promise<T>;
  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** A ping comes at most this much later than half of what the unit allows. */
const CHECK_INTERVAL = millis(500);
const MAX_STEP_MS = 1000;
const DISK_EVERY = millis(10_000);
/** Only while the clock is not believed: it takes a process. */
const SYNC_EVERY = millis(5000);

export function createSelfWatch(dependencies: SelfWatchDependencies): SelfWatch {
  const { clock, log, notifier } = dependencies;
  const clockWatch = createClockWatch(dependencies.released);
  const notes = new Map(dependencies.lanes.map((lane) => [lane, createProgressNotes()]));
  const states = new Map<string, LaneState>();
  const hanging = new Map<string, Hang>();
  let clockSays: ClockVerdict = 'plausible';
  let isFull = false;
  let isAsking = false;
  let isAskingTime = false;
  let isReady = false;
  let toldStatus = '';
  let diskAt = monotonic(Number.NEGATIVE_INFINITY);
  let syncAt = monotonic(Number.NEGATIVE_INFINITY);
  let pingAt = monotonic(Number.NEGATIVE_INFINITY);

  const lookAtClock = (): void => {
    const before = clockSays;
    clockSays = clockWatch.check(dependencies.sinceBoot(), clock.wall());
    if (clockSays === 'jumped') void askTimeService();
    if (clockSays === before) return;
    if (clockSays === 'plausible') log.info('the clock can be believed again');
    else log.error({ clock: clockSays }, 'the clock cannot be believed: nobody is let in');
  };
  /** A clock that was set by a time service is right now, and was wrong before. */
  const askTimeService = async (): Promise<void> => {
    const now = clock.monotonic();
    if (isAskingTime || now - syncAt < SYNC_EVERY) return;
    syncAt = now;
    isAskingTime = true;
    const offset = clock.wall() - dependencies.sinceBoot();
    const isKept = await dependencies.isTimeSynchronised();
    isAskingTime = false;
    const [sinceBoot, wall] = [dependencies.sinceBoot(), clock.wall()];
    // Set again meanwhile: the answer may be about the time before.
    if (isKept !== true || Math.abs(wall - sinceBoot - offset) > MAX_STEP_MS) return;
    clockWatch.vouch(sinceBoot, wall);
    log.warn('the clock was set by a time service, and is believed');
    lookAtClock();
  };
  const lookAtDisk = async (): Promise<void> => {
    const now = clock.monotonic();
    if (isAsking || now - diskAt < DISK_EVERY) return;
    diskAt = now;
    isAsking = true;
    const free = await dependencies.freeSpace();
    isAsking = false;
    const before = isFull;
    isFull = isFullNow(before, free);
    if (isFull !== before) log.warn({ free }, isFull ? 'the disk is nearly full' : 'the disk has room again');
  };
  const lookAtLanes = (): void => {
    for (const [lane, progress] of notes) {
      const hang = hangOf(progress.read(), clock.monotonic());
      if (hang === hanging.get(lane)) continue;
      if (hang === undefined) hanging.delete(lane);
      else hanging.set(lane, hang);
      if (hang === undefined) log.info({ lane }, 'moves again');
      else log.error({ lane, hang }, 'hangs: the watchdog is not fed');
    }
  };
  const tellSystemd = async (): Promise<void> => {
    const status = statusLine(states);
    if (!isReady && dependencies.lanes.every((lane) => isKnown(states.get(lane)))) {
      isReady = true;
      await notifier.ready(status);
    } else if (status !== toldStatus) await notifier.status(status);
    toldStatus = status;
    const now = clock.monotonic();
    if (notifier.pingEvery === undefined || hanging.size > 0 || now < pingAt) return;
    pingAt = monotonic(now + notifier.pingEvery);
    await notifier.ping();
  };

  lookAtClock();
  return {
    faults: () => [
      ...(clockSays === 'plausible' ? [] : (['clock-implausible'] as const)),
      ...(isFull ? (['disk-full'] as const) : []),
    ],
    progressOf(lane) {
      const known = notes.get(lane) ?? createProgressNotes();
      notes.set(lane, known);
      return known;
    },
    stateIs(lane, state) {
      states.set(lane, state);
    },
    async whileReloading(work) {
      // READY afterwards would say that every lane is up, which it is not before the first one.
      if (!isReady) return work();
      await notifier.reloading();
      try {
        return await work();
      } finally {
        await notifier.ready(statusLine(states));
      }
    },
    async run(signal) {
      const every: Millis = millis(Math.min(CHECK_INTERVAL, notifier.pingEvery ?? CHECK_INTERVAL));
      while (!signal.aborted) {
        lookAtClock();
        // Not waited for: a disk that hangs is no reason to take the watchdog's food away.
        void lookAtDisk();
        lookAtLanes();
        await tellSystemd();
        await pause(every, signal);
      }
      await notifier.stopping();
    },
  };
}

/** A camera that is broken is known too; only one that is being opened is not. */
const isKnown = (state: LaneState | undefined): boolean => state !== undefined && state.camera !== 'opening';
