/**
 * Runs the adaptation of lanes to their cameras in the daemon: what the lanes gather, through which heads they
 * compare, and when new heads are made.
 */
import { dayOf } from '../../../access/policy/schedule.js';
import { openAdaptation } from '../../../adaptation/sqlite-adaptation.js';
import type { StatisticsCollector } from '../../../adaptation/statistics-collector.js';
import type { Clock } from '../../../base/clock.js';
import type { Comparison } from '../../../biometrics/head/comparison.js';
import type { ModelCard } from '../../../biometrics/model-card.js';
import type { GalleryThrough, LaneComparisons } from '../../../lane/live-gallery.js';
import type { Log } from '../../../platform/log.js';
import { runOnSchedule } from '../../../platform/schedule/on-schedule.js';
import { spawnWorker } from '../../../platform/spawn-worker.js';
import type { GalleryStore } from '../../../records/people/gallery-store.js';
import type { Database } from '../../../records/sql/sqlite/sqlite-database.js';
import type { Config } from '../../config/config-schema.js';
import { siteZone } from '../../config/sections/access-section.js';
import { gatherLane } from './gather-lane.js';
import { laneHeads } from './lane-heads.js';

export interface LaneAdaptationDependencies {
  /** Configuration as in the file, without what a release of models replaces. */
  readonly config: Config;
  readonly database: Database;
  readonly key: Uint8Array;
  readonly people: GalleryStore;
  readonly card: ModelCard;
  readonly configured: Comparison;
  readonly clock: Clock;
  readonly log: Log;
  readonly env: NodeJS.ProcessEnv;
}

export interface LaneAdaptation {
  readonly heads: LaneComparisons;
  gathererOf(lane: string, gallery: () => GalleryThrough): StatisticsCollector;
  /** Makes and evaluates heads by the schedule until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const MAX_LINE = 10_000;

/** Returns nothing where lanes do not adapt. */
export function openLaneAdaptation(dependencies: LaneAdaptationDependencies): LaneAdaptation | undefined {
  const { config, database, card, configured, clock, log, people } = dependencies;
  if (config.adaptation.mode === 'off') return undefined;
  const store = openAdaptation(database, dependencies.key);
  const dayAt = dayOf(siteZone(config));
  return {
    heads: laneHeads({ store, lanes: config.lanes.map(({ id }) => id), card, configured, log }),
    gathererOf: (lane, gallery) =>
      gatherLane({ lane, store, people, card, configured, gallery, clock, dayAt, log }),
    async run(signal) {
      const schedule = { expression: config.adaptation.schedule, zone: siteZone(config) };
      await runOnSchedule(schedule, () => considerAside(dependencies, signal), { clock }, signal);
    },
  };
}

/**
 * Runs in a process of its own, because comparing thousands of pictures would delay the lanes. The process ends with the work.
 */
async function considerAside(
  { config, env, log }: LaneAdaptationDependencies,
  signal: AbortSignal,
): Promise<void> {
  const worker = spawnWorker(
    {
      name: 'adaptation-worker',
      env,
      onLine: (line) => log.info({ line: line.slice(0, MAX_LINE) }, 'adaptation'),
    },
    signal,
  );
  worker.send(JSON.stringify(config));
  worker.endInput();
  const code = await worker.exited;
  if (code !== 0 && !signal.aborted)
    log.error({ code }, 'heads could not be made or judged; those in use stay');
}
