/** Determines which lanes compare through a head that was adapted to their camera, and through which head. */

import type { AdaptationStore } from '../../../adaptation/adaptation-store.js';
import { explain } from '../../../base/errors.js';
import { type LaneId, laneId } from '../../../base/ids.js';
import { type Comparison, comparisonOf } from '../../../biometrics/head/comparison.js';
import type { ModelCard } from '../../../biometrics/model-card.js';
import type { LaneComparisons, NamedComparison } from '../../../lane/live-gallery.js';
import type { Log } from '../../../platform/log.js';

export interface LaneHeadsDependencies {
  readonly store: AdaptationStore;
  readonly lanes: readonly string[];
  readonly card: ModelCard;
  readonly configured: Comparison;
  readonly log: Pick<Log, 'warn' | 'error'>;
}

/** A lane whose head is unusable keeps the configured head, because all heads were evaluated against that one. */
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
