/** Builds a lane's gatherer: sums go to the database, granted passages to the comparison with the candidate. */

import type { DayAt } from '../../../access/policy/schedule.js';
import type { AdaptationStore } from '../../../adaptation/adaptation-store.js';
import { withBatch } from '../../../adaptation/kept-sums.js';
import {
  createStatisticsCollector,
  type StatisticsCollector,
} from '../../../adaptation/statistics-collector.js';
import type { Clock } from '../../../base/clock.js';
import { laneId } from '../../../base/ids.js';
import type { Comparison } from '../../../biometrics/head/comparison.js';
import type { ModelCard } from '../../../biometrics/model-card.js';
import type { GalleryThrough } from '../../../lane/live-gallery.js';
import type { Log } from '../../../platform/log.js';
import type { GalleryStore } from '../../../records/people/gallery-store.js';
import { createShadow } from './shadow.js';

export interface GatherLaneDependencies {
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
