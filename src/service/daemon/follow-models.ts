/**
 * Runs the service's part of a rollout of models: switches when a release is ready, assesses it on probation,
 * rolls it back, and reports each step.
 */
import { randomUUID } from 'node:crypto';
import { pause } from '../../base/delay.js';
import { explain } from '../../base/errors.js';
import { laneId, siteId } from '../../base/ids.js';
import { createLogOnce } from '../../base/limited-reports.js';
import { millis, wallTime } from '../../base/units.js';
import type { RolloutStore } from '../../fleet/fleet-ports.js';
import { type Admissions, assessProbation, type LaneProbation } from '../../fleet/releases/probation.js';
import {
  type ReleasedModels,
  type RolloutProgress,
  type RolloutState,
  rolledBack,
  rolloutStateOf,
  sameModels,
  settled,
  switched,
} from '../../fleet/releases/rollout-state.js';
import { openRolloutStore } from '../../fleet/sqlite/rollout-store.js';
import { laneTopics } from '../../gate/protocol/topics.js';
import type { LaneState } from '../../lane/health/lane-state.js';
import type { LaneNote } from '../../lane/lane-dependencies.js';
import type { Log } from '../../platform/log.js';
import { systemClock } from '../../platform/system-clock.js';
import type { Journal } from '../../records/journal/journal.js';
import type { Database } from '../../records/sql/sqlite/sqlite-database.js';
import type { Config } from '../config/config-schema.js';
import type { FleetConfig } from '../config/sections/fleet-section.js';
import type { DaemonObserver } from './lane-observer.js';

export interface FollowModelsDependencies {
  readonly config: Config;
  readonly fleet: FleetConfig;
  readonly database: Database;
  readonly journal: Journal;
  readonly log: Log;
  /** Models that this process compares with; absent: those of the configuration. */
  readonly running: ReleasedModels | undefined;
  /** Called when the service has to restart with other models. */
  readonly onSwitched: () => void;
}

export interface ModelsFollower {
  /** State of the rollout, at most a second old. */
  readonly state: () => RolloutState;
  readonly observer: Required<Pick<DaemonObserver, 'onDecision' | 'onState' | 'onNote'>>;
  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const CHECK_INTERVAL = millis(1000);
/** Number of decisions before the switch that form the baseline. */
const COMPARED = 200;

/** @throws TwinstileError 'gallery-unusable'. */
export async function followModels(dependencies: FollowModelsDependencies): Promise<ModelsFollower> {
  const { config, journal, log, running, onSwitched } = dependencies;
  const start = performance.now();
  const store = openRolloutStore(dependencies.database);
  const sights = createLaneSights(config.lanes.map(({ id }) => id));
  let progress = await store.load();
  const before = await admissionsBefore(journal, progress.watched?.since);
  const probation: Probation = { start, sights, before };
  const step = async (): Promise<void> => {
    progress = await store.load();
    if (sameModels(progress.running, running)) {
      progress = await assess(progress, store, probation, dependencies);
      if (progress.next?.phase === 'ready')
        progress = await store.change((here) => switched(here, systemClock.wall(), faultsIn(sights)));
    }
    progress = await reportOnce(progress, store, dependencies);
    if (!sameModels(progress.running, running)) onSwitched();
  };
  // A database that is temporarily unusable does not change which models run.
  const stuck = createLogOnce((error) =>
    log.error({ detail: explain(error) }, 'the roll-out of models stands still'),
  );
  return {
    state: () => stateNow(progress, running),
    observer: {
      onDecision: (_lane, { verdict }) => sights.decided(verdict === 'granted'),
      onState: (lane, state) => sights.state(lane, state),
      onNote: (lane, note) => sights.note(lane, note),
    },
    async run(signal) {
      while (!signal.aborted) {
        await step().then(stuck.succeeded, stuck.failed);
        await pause(CHECK_INTERVAL, signal);
      }
    },
  };
}

/** Figures by which a release on probation is assessed. */
interface Probation {
  /** When this process began to run with the release, in ms. */
  readonly start: number;
  readonly sights: LaneSights;
  /** Counts of the decisions before the switch. */
  readonly before: Admissions;
}

const faultsIn = (sights: LaneSights): readonly string[] =>
  sights.current().flatMap(({ degraded }) => degraded);

/** Ends the probation of the release in use when it has passed or failed; a failed release is rolled back. */
async function assess(
  progress: RolloutProgress,
  store: RolloutStore,
  { start, sights, before }: Probation,
  { fleet }: FollowModelsDependencies,
): Promise<RolloutProgress> {
  const { watched } = progress;
  if (watched === undefined) return progress;
  const verdict = assessProbation(
    {
      elapsed: millis(performance.now() - start),
      lanes: sights.current(),
      tolerated: watched.tolerated,
      before,
      since: sights.decisions(),
    },
    millis(fleet.models.probation_s * 1000),
  );
  if (verdict.verdict === 'settled') return store.change(settled);
  if (verdict.verdict === 'failed')
    return store.change((here) => rolledBack(here, systemClock.wall(), verdict.reason));
  return progress;
}

/** Reports each state of the rollout once, as an alert of every lane, even if the process dies in between. */
async function reportOnce(
  progress: RolloutProgress,
  store: RolloutStore,
  { config, journal, log }: FollowModelsDependencies,
): Promise<RolloutProgress> {
  const state = rolloutStateOf(progress);
  const text = JSON.stringify(state);
  if (progress.told === text || (progress.told === undefined && state.phase === 'configured'))
    return progress;
  const { release, phase, why, refused } = state;
  const change = { release, phase, why, refused: refused?.release, reason: refused?.reason };
  log[phase === 'rolled-back' ? 'error' : 'info'](change, 'release of models');
  const at = systemClock.wall();
  for (const { id: lane } of config.lanes) {
    const id = randomUUID();
    const body = { lane, notice: 'models', ...change };
    const { notice: alert, ...rest } = body;
    const payload = JSON.stringify({ v: 1, id, at: new Date(at).toISOString(), alert, ...rest });
    const topic = laneTopics(siteId(config.site), laneId(lane)).alert;
    await journal.append({ kind: 'notice', subject: id, at, body }, { id, topic, payload });
  }
  return store.change((here) => ({ ...here, told: text }));
}

/** Counts the grants among the decisions before the switch, from the journal. */
async function admissionsBefore(journal: Journal, since: number | undefined): Promise<Admissions> {
  if (since === undefined) return { granted: 0, of: 0 };
  const rows = await journal.list({ limit: COMPARED, kind: 'decision' });
  const old = rows.filter(({ at }) => at < wallTime(since));
  return { granted: old.filter(({ body }) => body.verdict === 'granted').length, of: old.length };
}

/** Between the switch and the restart the old models are still in use. */
function stateNow(progress: RolloutProgress, running: ReleasedModels | undefined): RolloutState {
  const state = rolloutStateOf(progress);
  if (sameModels(progress.running, running)) return state;
  return { ...state, release: running?.release ?? 0, phase: 'ready' };
}

/** How a release of models performs, from the reports of the lanes. */
interface LaneSights {
  readonly current: () => readonly LaneProbation[];
  note(lane: string, note: LaneNote): void;
  state(lane: string, state: LaneState): void;
  /** Records a decision: whether a person was granted access. */
  decided(granted: boolean): void;
  readonly decisions: () => { readonly granted: number; readonly of: number };
}

function createLaneSights(lanes: readonly string[]): LaneSights {
  const sights = new Map<string, LaneProbation>(
    lanes.map((lane) => [lane, { lane, isUp: false, restarts: 0, hasFailedSelfTest: false, degraded: [] }]),
  );
  let decisions = { granted: 0, of: 0 };
  const change = (lane: string, step: (sight: LaneProbation) => LaneProbation): void => {
    const sight = sights.get(lane);
    if (sight !== undefined) sights.set(lane, step(sight));
  };
  return {
    current: () => [...sights.values()],
    note(lane, { kind }) {
      if (kind === 'encoder-self-test-failed')
        change(lane, (sight) => ({ ...sight, hasFailedSelfTest: true }));
      if (kind === 'vision-restarting')
        change(lane, (sight) => ({ ...sight, restarts: sight.restarts + 1, isUp: false }));
    },
    state(lane, { degraded, camera }) {
      const isUp = camera === 'live' && !degraded.includes('encoder-self-test-failed');
      change(lane, (sight) => ({ ...sight, degraded, isUp }));
    },
    decided(granted) {
      decisions = { granted: decisions.granted + (granted ? 1 : 0), of: decisions.of + 1 };
    },
    decisions: () => decisions,
  };
}
