/** Logs and counts what a lane reports, passes it on to observers, and shares the machine's health among the lanes. */
import { type Decision, evidenceOf } from '../../access/decision.js';
import type { Clock } from '../../base/clock.js';
import { type Millis, type Monotonic, millis } from '../../base/units.js';
import { isForged } from '../../gate/protocol/answer-check.js';
import type { LaneState } from '../../lane/health/lane-state.js';
import type { LaneCounters } from '../../lane/health/publish-health.js';
import type { StateMessage } from '../../lane/health/state-message.js';
import type { FrameCost, LaneDependencies, LaneNote, LaneOutcome } from '../../lane/lane-dependencies.js';
import { type EventLoopWatch, readHealth } from '../../platform/health.js';
import type { Health, ReadHealth } from '../../platform/health-port.js';
import type { Log } from '../../platform/log.js';
import { systemClock } from '../../platform/system-clock.js';

/** Observes a lane: the demonstration, the bench, a test, a rollout of models. */
export interface DaemonObserver {
  readonly onDecision?: (lane: string, decision: Decision, outcome?: LaneOutcome) => void;
  readonly onState?: (lane: string, state: LaneState) => void;
  readonly onFrame?: (lane: string, frame: FrameCost) => void;
  readonly onNote?: (lane: string, note: LaneNote) => void;
}

/** Calls one observer, then the other. */
export const bothObservers = (one: DaemonObserver, other: DaemonObserver): DaemonObserver => ({
  onDecision: (...event) => {
    one.onDecision?.(...event);
    other.onDecision?.(...event);
  },
  onState: (...event) => {
    one.onState?.(...event);
    other.onState?.(...event);
  },
  onFrame: (...event) => {
    one.onFrame?.(...event);
    other.onFrame?.(...event);
  },
  onNote: (...event) => {
    one.onNote?.(...event);
    other.onNote?.(...event);
  },
});

export interface LaneReportDependencies {
  readonly log: Log;
  readonly counters: LaneCounters;
  readonly observer: DaemonObserver;
  /** Called with each state, before the observer. */
  readonly onState: (state: LaneState, message: StateMessage) => void;
}

export interface LaneReports {
  readonly observer: Required<NonNullable<LaneDependencies['observer']>>;
  /** Process id of the vision process that runs now. */
  readonly visionPid: () => number | undefined;
}

/** Returns the callbacks of one lane. */
export function createLaneReports(
  lane: string,
  { log, counters, observer, onState }: LaneReportDependencies,
): LaneReports {
  let visionPid: number | undefined;
  return {
    visionPid: () => visionPid,
    observer: {
      onDecision: (decision, outcome) => {
        log.info(lineOf(decision, outcome), 'decision');
        if (outcome?.outcome === 'opened') counters.acknowledged(outcome.latency);
        observer.onDecision?.(lane, decision, outcome);
      },
      onState: (state, message) => {
        log.info({ lane, mode: state.mode, camera: state.camera, degraded: state.degraded }, 'state');
        onState(state, message);
        observer.onState?.(lane, state);
      },
      onNote: (note) => {
        if (note.kind === 'vision-ready') visionPid = note.pid;
        if (note.kind === 'dropped-frames') counters.dropped(note.count);
        log[isAlarm(note) ? 'error' : 'info']({ lane, ...note }, 'note');
        observer.onNote?.(lane, note);
      },
      onFrame: (frame) => {
        counters.frame(frame);
        observer.onFrame?.(lane, frame);
      },
    },
  };
}

const ALARMS: readonly LaneNote['kind'][] = [
  'encoder-self-test-failed',
  'journal-failed',
  'message-failed',
  'gate-contradiction',
  'relay',
  'reader-not-understood',
];
const isAlarm = (note: LaneNote): boolean =>
  ALARMS.includes(note.kind) || (note.kind === 'dropped-message' && isForged(note.reason));

/**
 * Contains no personal data, because erasure does not reach a log. The journal has the person under the decision's id.
 */
const lineOf = (decision: Decision, outcome: LaneOutcome | undefined) => ({
  ...evidenceOf(decision),
  person: undefined,
  badge: undefined,
  id: decision.id,
  gate: outcome === undefined ? undefined : outcome.outcome,
  picture_to_ack_ms:
    outcome?.outcome === 'opened' && decision.frameAt !== undefined
      ? Math.round(10 * (systemClock.monotonic() - decision.frameAt)) / 10
      : undefined,
});

interface SharedHealthDependencies {
  readonly folder: string;
  readonly loop: EventLoopWatch;
  readonly clock: Clock;
  /** Memory of all vision processes that run now. */
  readonly pids: () => readonly number[];
  readonly read?: typeof readHealth;
}

/** Lanes that were started together report within this time. */
const CACHE_TIME: Millis = millis(10_000);

/**
 * Shares one measurement of the machine's health among all lanes that report at about the same time, because load and loop
 * delay are counted since the last measurement.
 * Returns, for each lane, a reader of the machine's health with the memory of its own vision process alone.
 */
export function shareHealth({ folder, loop, clock, pids, read = readHealth }: SharedHealthDependencies) {
  let last: { readonly at: Monotonic; readonly health: Promise<Health> } | undefined;
  const measure = (): Promise<Health> => {
    const now = clock.monotonic();
    if (last !== undefined && now - last.at <= CACHE_TIME) return last.health;
    const eventLoop = loop.take();
    const health = read({ folder, pids: pids() }).then((one) => ({
      ...one,
      eventLoop,
    }));
    last = { at: now, health };
    return health;
  };
  return (pid: () => number | undefined): ReadHealth =>
    async () => {
      const { memory, ...machine } = await measure();
      const [own, others] = [pid(), memory?.others ?? {}];
      const bytes = own === undefined ? undefined : others[own];
      return {
        ...machine,
        memory: { ...memory, others: own !== undefined && bytes !== undefined ? { [own]: bytes } : {} },
      };
    };
}
