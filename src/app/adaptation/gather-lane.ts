/** A lane's gatherer, put together: sums go to the database, granted passages past the candidate. */
import { laneId } from '../../base/ids.js';
import type { DayAt } from '../../decision/access/days.js';
import type { GalleryThrough } from '../../pipeline/lane/gallery-through.js';
import { createGatherer, type Gatherer } from '../../pipeline/lane/judge/gather.js';
import type { AdaptationStore } from '../../ports/adaptation.js';
import type { Clock } from '../../ports/clock.js';
import type { GalleryStore } from '../../ports/gallery-store.js';
import { withBatch } from '../../siamese/adaptation/kept-sums.js';
import type { ModelCard } from '../../siamese/card.js';
import type { Comparison } from '../../siamese/head/comparison.js';
import type { Log } from '../log.js';
import { createShadow } from './shadow.js';

export interface GatherLaneParts {
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

export function gatherLane(parts: GatherLaneParts): Gatherer {
  const { store, people, card, configured, gallery, clock, dayAt, log } = parts;
  const lane = laneId(parts.lane);
  const { digest, dimension } = configured.trunk;
  return createGatherer({
    encoder: digest,
    dimension,
    unit: card.encoder.metric === 'cosine',
    gallery,
    wall: () => clock.wall(),
    // A clock that shows no time at all counts as one day.
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
    onTrouble: (detail) => log.error({ lane, detail }, 'what the camera showed was not gathered'),
  });
}
