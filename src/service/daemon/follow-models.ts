/** Core's part of a roll-out: switches when a release is ready, watches it, goes back, and tells of each step. */
import { randomUUID } from 'node:crypto';
import { pause } from '../../base/delay.js';
import { explain } from '../../base/errors.js';
import { laneId, siteId } from '../../base/ids.js';
import { millis, wallTime } from '../../base/units.js';
import { type Admissions, assessProbation } from '../../fleet/releases/probation.js';
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
import type { Log } from '../../platform/log.js';
import { systemClock } from '../../platform/system-clock.js';
import type { Journal } from '../../records/journal/journal.js';
import type { Database } from '../../records/sql/sqlite/sqlite-database.js';
import type { Config } from '../config/config-schema.js';
import type { FleetConfig } from '../config/sections/fleet-section.js';
import type { DaemonObserver } from './lane-observer.js';
import { createLaneSights } from './models/lane-sights.js';

export interface FollowModelsDependencies {
  readonly config: Config;
  readonly fleet: FleetConfig;
  readonly database: Database;
  readonly journal: Journal;
  readonly log: Log;
  /** By what this process runs; absent: by what the configuration names. */
  readonly running: ReleasedModels | undefined;
  /** The service has to begin again by other models. */
  readonly onSwitched: () => void;
}

export interface ModelsFollower {
  /** As of a second ago. */
  readonly state: () => RolloutState;
  readonly observer: Required<Pick<DaemonObserver, 'onDecision' | 'onState' | 'onNote'>>;
  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const CHECK_INTERVAL = millis(1000);
/** Decisions before the switch that are compared with. */
const COMPARED = 200;

/** @throws TwinstileError 'gallery-unusable'. */
export async function followModels(dependencies: FollowModelsDependencies): Promise<ModelsFollower> {
  const { config, fleet, journal, log, running } = dependencies;
  const store = openRolloutStore(dependencies.database);
  const lanes = config.lanes.map(({ id }) => id);
  const sights = createLaneSights(lanes);
  const start = performance.now();
  let progress = await store.load();
  const before = await admissionsBefore(journal, progress.watched?.since);

  /** Once, also when the process dies in between. */
  const tell = async (): Promise<void> => {
    const state = rolloutStateOf(progress);
    const text = JSON.stringify(state);
    if (progress.told === text || (progress.told === undefined && state.phase === 'configured')) return;
    const { release, phase, why, refused } = state;
    const news = {
      release,
      phase,
      why,
      refused: refused?.release,
      reason: refused?.reason,
    };
    log[phase === 'rolled-back' ? 'error' : 'info'](news, 'release of models');
    const at = systemClock.wall();
    for (const lane of lanes) {
      const id = randomUUID();
      const body = { lane, notice: 'models', ...news };
      const { notice: alert, ...rest } = body;
      const payload = JSON.stringify({ v: 1, id, at: new Date(at).toISOString(), alert, ...rest });
      const topic = laneTopics(siteId(config.site), laneId(lane)).alert;
      await journal.append({ kind: 'notice', subject: id, at, body }, { id, topic, payload });
    }
    progress = await store.change((here) => ({ ...here, told: text }));
  };

  const judge = async (): Promise<void> => {
    const { watched } = progress;
    if (watched === undefined) return;
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
    if (verdict.verdict === 'settled') progress = await store.change(settled);
    if (verdict.verdict === 'failed')
      progress = await store.change((here) => rolledBack(here, systemClock.wall(), verdict.reason));
  };

  const look = async (): Promise<void> => {
    progress = await store.load();
    if (sameModels(progress.running, running)) {
      await judge();
      if (progress.next?.phase === 'ready') progress = await store.change((here) => take(here));
    }
    await tell();
    if (!sameModels(progress.running, running)) dependencies.onSwitched();
  };
  const take = (here: RolloutProgress): RolloutProgress =>
    switched(
      here,
      systemClock.wall(),
      sights.current().flatMap(({ degraded }) => degraded),
    );

  return {
    state: () => stateNow(progress, running),
    observer: {
      onDecision: (_lane, { verdict }) => sights.decided(verdict === 'granted'),
      onState: (lane, state) => sights.state(lane, state),
      onNote: (lane, note) => sights.note(lane, note),
    },
    async run(signal) {
      let isTroubled = false;
      while (!signal.aborted) {
        try {
          await look();
          isTroubled = false;
        } catch (error) {
          // A database that cannot be used at this moment changes nothing of what runs.
          if (!isTroubled) log.error({ detail: explain(error) }, 'the roll-out of models stands still');
          isTroubled = true;
        }
        await pause(CHECK_INTERVAL, signal);
      }
    },
  };
}

/** Who was let in before the switch, by the journal. */
async function admissionsBefore(journal: Journal, since: number | undefined): Promise<Admissions> {
  if (since === undefined) return { granted: 0, of: 0 };
  const rows = await journal.list({ limit: COMPARED, kind: 'decision' });
  const old = rows.filter(({ at }) => at < wallTime(since));
  return { granted: old.filter(({ body }) => body.verdict === 'granted').length, of: old.length };
}

/** Between the switch and the new beginning it is still the old models that look. */
function stateNow(progress: RolloutProgress, running: ReleasedModels | undefined): RolloutState {
  const state = rolloutStateOf(progress);
  if (sameModels(progress.running, running)) return state;
  return { ...state, release: running?.release ?? 0, phase: 'ready' };
}
