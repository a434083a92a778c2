/**
 * Runs the adaptation of lanes to their cameras in the daemon: what the lanes gather, through which heads they
 * compare, and when new heads are made.
 */
import { dayOf } from '../../access/policy/schedule.js';
import type { AdaptationStore } from '../../adaptation/adaptation-store.js';
import { centreOfPassages } from '../../adaptation/camera-statistics.js';
import { openAdaptation } from '../../adaptation/sqlite-adaptation.js';
import type { StatisticsCollector } from '../../adaptation/statistics-collector.js';
import type { Clock } from '../../base/clock.js';
import { explain } from '../../base/errors.js';
import { type LaneId, laneId } from '../../base/ids.js';
import type { ConditionCentre } from '../../biometrics/conditions/condition-centre.js';
import { type Comparison, comparisonOf } from '../../biometrics/head/comparison.js';
import type { ModelCard } from '../../biometrics/model-card.js';
import type { GalleryThrough } from '../../lane/gallery-through.js';
import type { LaneComparisons, NamedComparison } from '../../lane/live-gallery.js';
import type { Log } from '../../platform/log.js';
import { runOnSchedule } from '../../platform/on-schedule.js';
import { spawnWorker } from '../../platform/spawn-worker.js';
import type { GalleryStore } from '../../records/people/gallery-store.js';
import type { Database } from '../../records/sql/sqlite/sqlite-database.js';
import type { Config } from '../config/config-schema.js';
import { siteZone } from '../config/sections/access-section.js';
import { gatherLane } from './shadow.js';

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

export interface AdaptationService {
  readonly heads: LaneComparisons;
  /** Centre of the people who passed a lane; undefined where there are none, or they cannot be read. */
  passagesOf(lane: LaneId): Promise<ConditionCentre | undefined>;
  gathererOf(lane: string, gallery: () => GalleryThrough): StatisticsCollector;
  /** Makes and evaluates heads by the schedule until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const MAX_LINE = 10_000;

/** Returns nothing where lanes do not adapt. */
export function openLaneAdaptation(dependencies: LaneAdaptationDependencies): AdaptationService | undefined {
  const { config, database, card, configured, clock, log, people } = dependencies;
  if (config.adaptation.mode === 'off') return undefined;
  const store = openAdaptation(database, dependencies.key);
  const dayAt = dayOf(siteZone(config));
  return {
    heads: laneHeads({ store, lanes: config.lanes.map(({ id }) => id), card, configured, log }),
    async passagesOf(lane) {
      try {
        const { sums } = await store.load(lane, configured.trunk.digest);
        return sums && centreOfPassages(sums.statistics);
      } catch (error) {
        // The centre is then made of the enrolled alone.
        log.error({ lane, detail: explain(error) }, 'what passed the camera cannot be read');
        return undefined;
      }
    },
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

interface LaneHeadsDependencies {
  readonly store: AdaptationStore;
  readonly lanes: readonly string[];
  readonly card: ModelCard;
  readonly configured: Comparison;
  readonly log: Pick<Log, 'warn' | 'error'>;
}

/**
 * Determines which lanes compare through a head that was adapted to their camera, and through which head.
 * A lane whose head is unusable keeps the configured head, because all heads were evaluated against that one.
 */
export function laneHeads({ store, lanes, card, configured, log }: LaneHeadsDependencies): LaneComparisons {
  return {
    generation: () => store.generation(),
    async load() {
      const heads = new Map<LaneId, NamedComparison>();
      for (const lane of lanes.map(laneId))
        try {
          const { used } = await store.load(lane, configured.trunk.digest);
          if (used === undefined) continue;
          if (used.over !== configured.digest) {
            log.warn(
              { lane },
              'the adapted head was judged beside another head than the configured one: not used',
            );
            continue;
          }
          const name = `adapted ${new Date(used.madeAt).toISOString()}`;
          heads.set(lane, { comparison: comparisonOf(card, used.head), name });
        } catch (error) {
          // A party that wrote into the database must not be able to keep the gate closed by it.
          log.error({ lane, detail: explain(error) }, 'the adapted head cannot be used');
        }
      return heads;
    },
  };
}
