/** Gathers what adaptation needs of a lane: sums, and granted passages compared through the head in use and the candidate. */
import type { DayAt } from '../../access/policy/schedule.js';
import type { AdaptationStore } from '../../adaptation/adaptation-store.js';
import { withBatch } from '../../adaptation/camera-statistics.js';
import { noPassages, type PassageDistances, withPassageDistances } from '../../adaptation/passages.js';
import {
  createStatisticsCollector,
  type GrantedPassage,
  type StatisticsCollector,
} from '../../adaptation/statistics-collector.js';
import type { Clock } from '../../base/clock.js';
import { type LaneId, laneId } from '../../base/ids.js';
import { distanceOf } from '../../biometrics/distance.js';
import { type Comparison, comparisonOf } from '../../biometrics/head/comparison.js';
import type { ModelCard } from '../../biometrics/model-card.js';
import type { GalleryThrough } from '../../lane/gallery-through.js';
import type { Log } from '../../platform/log.js';
import type { GallerySnapshot, GalleryStore } from '../../records/people/gallery-store.js';

export interface ShadowDependencies {
  readonly lane: LaneId;
  readonly store: AdaptationStore;
  readonly gallery: Pick<GalleryStore, 'snapshot'>;
  readonly card: ModelCard;
  readonly configured: Comparison;
  /** Version of the gallery in memory. */
  readonly version: () => number;
  /** Head through which the lane compares now. */
  readonly inUse: () => Comparison;
}

/** Number of others' templates that one passage is compared with; more would cost the lane time and add little information. */
const MAX_OTHERS = 200;
/** Largest gallery for the comparison: beyond it, a second gallery takes too much memory of a small box. */
const MAX_TEMPLATES = 20_000;

/** Compares passages through both heads, and keeps only two histograms of them. */
export function createShadow(dependencies: ShadowDependencies): (passage: GrantedPassage) => Promise<void> {
  const { lane, store, gallery, card, configured } = dependencies;
  const { trunk } = configured;
  let stored: GallerySnapshot | undefined;
  return async ({ person, mean, peopleToday }) => {
    const { candidate } = await store.load(lane, trunk.digest);
    if (candidate?.verdict !== 'waiting' || candidate.over !== configured.digest) {
      stored = undefined;
      return;
    }
    if (stored?.version !== dependencies.version())
      stored = await gallery.snapshot(trunk.digest, trunk.dimension);
    const { owners, matrix } = stored;
    if (owners.length > MAX_TEMPLATES) return;
    const rows = rowsFor(owners, person, candidate.passages?.passages ?? 0);
    const through = (comparison: Comparison): PassageDistances => {
      const live = comparison.live(mean);
      const to = (row: number): number =>
        distanceOf[comparison.metric](
          comparison.template(matrix.subarray(row * trunk.dimension, (row + 1) * trunk.dimension)),
          live,
        );
      return { own: Math.min(...rows.own.map(to)), others: rows.others.map(to) };
    };
    if (rows.own.length === 0) return;
    const before = through(dependencies.inUse());
    const after = through(comparisonOf(card, candidate.head));
    await store.change(lane, trunk.digest, (now) =>
      now.candidate?.madeAt !== candidate.madeAt
        ? now
        : {
            ...now,
            candidate: {
              ...now.candidate,
              passages: withPassageDistances(
                now.candidate.passages ?? noPassages(),
                before,
                after,
                peopleToday,
              ),
            },
          },
    );
  };
}

/** @param turn selects other templates each time, so that all are used in the course of time. */
function rowsFor(owners: GallerySnapshot['owners'], person: string, turn: number) {
  const own: number[] = [];
  const others: number[] = [];
  owners.forEach((owner, row) => {
    (owner === person ? own : others).push(row);
  });
  const stride = Math.max(1, Math.ceil(others.length / MAX_OTHERS));
  return { own, others: others.filter((_, i) => (i + turn) % stride === 0) };
}

interface GatherLaneDependencies {
  readonly lane: string;
  readonly store: AdaptationStore;
  readonly people: GalleryStore;
  readonly card: ModelCard;
  readonly configured: Comparison;
  readonly gallery: () => GalleryThrough;
  readonly clock: Clock;
  readonly dayAt: DayAt;
  readonly log: Pick<Log, 'error'>;
}

/** Builds a lane's gatherer: sums go to the database, granted passages to the comparison with the candidate. */
export function gatherLane(dependencies: GatherLaneDependencies): StatisticsCollector {
  const { store, people, card, configured, gallery, clock, dayAt, log } = dependencies;
  const lane = laneId(dependencies.lane);
  const { digest, dimension } = configured.trunk;
  return createStatisticsCollector({
    encoder: digest,
    dimension,
    unit: card.encoder.metric === 'cosine',
    gallery,
    wall: () => clock.wall(),
    // A clock that shows no valid time counts as one day.
    dayOf: (at) => dayAt(at) ?? '1970-01-01',
    keep: async (batch, day) => {
      await store.change(lane, digest, (now) => ({ ...now, sums: withBatch(now.sums, batch, day) }));
    },
    onPassage: createShadow({
      lane,
      store,
      gallery: people,
      card,
      configured,
      version: () => gallery().snapshot.version,
      inUse: () => gallery().comparison,
    }),
    onFault: (detail) => log.error({ lane, detail }, 'what the camera showed was not gathered'),
  });
}
