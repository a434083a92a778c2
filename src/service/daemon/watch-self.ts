/**
 * Monitors the service itself: clock, disk, and whether every lane makes progress. Reports faults outside the lanes to the
 * lanes and the status to systemd; pings the watchdog only while no lane hangs.
 */

import type { Clock } from '../../base/clock.js';
import { pause } from '../../base/delay.js';
import { type Millis, type Monotonic, millis, monotonic, type WallTime } from '../../base/units.js';
import { type ClockVerdict, createClockWatch } from '../../lane/health/clock-watch.js';
import type { Degraded } from '../../lane/health/degraded-modes.js';
import type { LaneState } from '../../lane/health/lane-state.js';
import {
  createProgressNotes,
  type Hang,
  hangOf,
  type ProgressNotes,
} from '../../lane/health/watchdog-progress.js';
import { isFullNow } from '../../platform/folders.js';
import type { Log } from '../../platform/log.js';
import type { Notifier } from '../../platform/systemd-notify.js';

export interface SelfWatchDependencies {
  readonly lanes: readonly string[];
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  readonly notifier: Notifier;
  readonly released: WallTime;
  /** Time since boot, including suspension. */
  readonly sinceBoot: () => Monotonic;
  /** Whether a time service synchronizes the clock; undefined where that cannot be determined. */
  readonly isTimeSynchronised: () => Promise<boolean | undefined>;
  /** Free space in bytes. */
  readonly freeSpace: () => Promise<number | undefined>;
}

export interface SelfWatch {
  readonly faults: () => readonly Degraded[];
  /** Returns the record in which a lane notes its progress: the same object on each call. */
  progressOf(lane: string): ProgressNotes;
  stateIs(lane: string, state: LaneState): void;
  /** Runs a reload; systemd shows the service as reloading meanwhile. */
  whileReloading<T>(work: () => Promise<T>): Promise<T>;
  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** Longest delay of a ping after half of the unit's watchdog interval. */
const CHECK_INTERVAL = millis(500);
const MAX_STEP_MS = 1000;
const DISK_EVERY = millis(10_000);
/** How often the time service is queried: only while the clock is implausible, because each query starts a process. */
const SYNC_EVERY = millis(5000);

export function createSelfWatch(dependencies: SelfWatchDependencies): SelfWatch {
  const { notifier } = dependencies;
  const notes = new Map(dependencies.lanes.map((lane) => [lane, createProgressNotes()]));
  const states = new Map<string, LaneState>();
  const clock = createClockMonitor(dependencies);
  const disk = createDiskMonitor(dependencies);
  const hangs = createHangMonitor(dependencies, notes);
  const systemd = createSystemdReporter(dependencies, states, hangs.areAny);
  clock.check();
  return {
    faults: () => [
      ...(clock.isPlausible() ? [] : (['clock-implausible'] as const)),
      ...(disk.isFull() ? (['disk-full'] as const) : []),
    ],
    progressOf(lane) {
      const known = notes.get(lane) ?? createProgressNotes();
      notes.set(lane, known);
      return known;
    },
    stateIs(lane, state) {
      states.set(lane, state);
    },
    whileReloading: systemd.whileReloading,
    async run(signal) {
      const every: Millis = millis(Math.min(CHECK_INTERVAL, notifier.pingEvery ?? CHECK_INTERVAL));
      while (!signal.aborted) {
        clock.check();
        // Not awaited: a disk that hangs must not stop the watchdog pings.
        void disk.check();
        hangs.check();
        await systemd.report();
        await pause(every, signal);
      }
      await notifier.stopping();
    },
  };
}

/** Compares the wall clock with the time since boot, and accepts a step that a time service made. */
function createClockMonitor({ clock, log, released, sinceBoot, isTimeSynchronised }: SelfWatchDependencies) {
  const watch = createClockWatch(released);
  let verdict: ClockVerdict = 'plausible';
  let isAsking = false;
  let askedAt = monotonic(Number.NEGATIVE_INFINITY);
  const check = (): void => {
    const before = verdict;
    verdict = watch.check(sinceBoot(), clock.wall());
    if (verdict === 'jumped') void askTimeService();
    if (verdict === before) return;
    if (verdict === 'plausible') log.info('the clock can be believed again');
    else log.error({ clock: verdict }, 'the clock cannot be believed: nobody is let in');
  };
  /** After a time service set the clock it is correct now and was wrong before. */
  const askTimeService = async (): Promise<void> => {
    const now = clock.monotonic();
    if (isAsking || now - askedAt < SYNC_EVERY) return;
    askedAt = now;
    isAsking = true;
    const offset = clock.wall() - sinceBoot();
    const isSynchronised = await isTimeSynchronised();
    isAsking = false;
    const [boot, wall] = [sinceBoot(), clock.wall()];
    // The clock was set again meanwhile: the answer may be about the earlier step.
    if (isSynchronised !== true || Math.abs(wall - boot - offset) > MAX_STEP_MS) return;
    watch.vouch(boot, wall);
    log.warn('the clock was set by a time service, and is believed');
    check();
  };
  return { check, isPlausible: () => verdict === 'plausible' };
}

/** Reads the free space every 10 s; one reading at a time. */
function createDiskMonitor({ clock, log, freeSpace }: SelfWatchDependencies) {
  let isFull = false;
  let isReading = false;
  let readAt = monotonic(Number.NEGATIVE_INFINITY);
  return {
    isFull: () => isFull,
    async check(): Promise<void> {
      const now = clock.monotonic();
      if (isReading || now - readAt < DISK_EVERY) return;
      readAt = now;
      isReading = true;
      const free = await freeSpace();
      isReading = false;
      const before = isFull;
      isFull = isFullNow(before, free);
      if (isFull !== before)
        log.warn({ free }, isFull ? 'the disk is nearly full' : 'the disk has room again');
    },
  };
}

/** Logs each lane that begins to hang or makes progress again. */
function createHangMonitor({ clock, log }: SelfWatchDependencies, notes: ReadonlyMap<string, ProgressNotes>) {
  const hanging = new Map<string, Hang>();
  return {
    areAny: () => hanging.size > 0,
    check(): void {
      for (const [lane, progress] of notes) {
        const hang = hangOf(progress.read(), clock.monotonic());
        if (hang === hanging.get(lane)) continue;
        if (hang === undefined) hanging.delete(lane);
        else hanging.set(lane, hang);
        if (hang === undefined) log.info({ lane }, 'moves again');
        else log.error({ lane, hang }, 'hangs: the watchdog is not fed');
      }
    },
  };
}

/** Reports READY, each new status, reloads and, while no lane hangs, watchdog pings. */
function createSystemdReporter(
  { clock, lanes, notifier }: SelfWatchDependencies,
  states: ReadonlyMap<string, LaneState>,
  isHanging: () => boolean,
) {
  let isReady = false;
  let reported = '';
  let pingAt = monotonic(Number.NEGATIVE_INFINITY);
  return {
    async report(): Promise<void> {
      const status = statusLine(states);
      if (!isReady && lanes.every((lane) => isKnown(states.get(lane)))) {
        isReady = true;
        await notifier.ready(status);
      } else if (status !== reported) await notifier.status(status);
      reported = status;
      const now = clock.monotonic();
      if (notifier.pingEvery === undefined || isHanging() || now < pingAt) return;
      pingAt = monotonic(now + notifier.pingEvery);
      await notifier.ping();
    },
    async whileReloading<T>(work: () => Promise<T>): Promise<T> {
      // READY after the reload would claim that every lane is up, which does not hold before the first READY.
      if (!isReady) return work();
      await notifier.reloading();
      try {
        return await work();
      } finally {
        await notifier.ready(statusLine(states));
      }
    },
  };
}

/** A broken camera counts as known too; only one that is still being opened does not. */
const isKnown = (state: LaneState | undefined): boolean => state !== undefined && state.camera !== 'opening';

/** Returns one line about all lanes, for `systemctl status`. */
export const statusLine = (states: ReadonlyMap<string, Pick<LaneState, 'mode' | 'degraded'>>): string =>
  [...states].map(([lane, state]) => `${lane}: ${formatState(state)}`).join('; ') || 'starting';

const formatState = ({ mode, degraded }: Pick<LaneState, 'mode' | 'degraded'>): string =>
  degraded.length === 0 ? mode : `${mode} (${degraded.join(', ')})`;
