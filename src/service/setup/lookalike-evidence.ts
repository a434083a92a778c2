/** Takes up what newcomers who were refused as look-alikes show of a lane's camera: counts of distances, nothing of a face. */

import { dayOf } from '../../access/policy/schedule.js';
import { openImpostorStore } from '../../adaptation/impostor-store.js';
import { createMetEvidence } from '../../adaptation/met-evidence.js';
import type { Clock } from '../../base/clock.js';
import type { Comparison } from '../../biometrics/head/comparison.js';
import { galleryFor, prepareGallery } from '../../lane/gallery-through.js';
import type { Lookalike } from '../../records/people/enrollment-rules.js';

import type { GalleryStore } from '../../records/people/gallery-store.js';
import { openSearch } from '../../records/people/search.js';
import type { Config } from '../config/config-schema.js';
import { siteZone } from '../config/sections/access-section.js';
import { ownConditions } from './lane-promises.js';
import { isRegistrar, withDatabase } from './open-gallery.js';

interface LookalikeDependencies {
  readonly config: Config;
  readonly gallery: Pick<GalleryStore, 'snapshot'>;
  readonly comparison: Comparison;
  readonly clock: Pick<Clock, 'wall'>;
}

/** A longer list of newcomers shows no more of a camera than its first ones. */
const MOST_COUNTED = 50;

/**
 * Counts one refused look of each person at each camera of this box, against all but whom it looks like.
 * Photographs from elsewhere show nothing of a camera, and a registrar has none.
 */
export async function recordLookalikes(
  { config, gallery, comparison, clock }: LookalikeDependencies,
  refused: readonly Lookalike[],
): Promise<void> {
  const own = ownConditions(config);
  const first = new Map<string, Lookalike>();
  for (const one of refused) {
    const key = `${one.condition} ${one.person}`;
    if (own.has(one.condition) && !first.has(key)) first.set(key, one);
  }
  const counted = [...first.values()].slice(0, MOST_COUNTED);
  if (counted.length === 0 || isRegistrar(config)) return;
  const { digest, dimension } = comparison.trunk;
  const stored = await gallery.snapshot(digest, dimension);
  const prepared = await prepareGallery(comparison, stored, openSearch, own);
  try {
    await withDatabase(config, async (database) => {
      const met = createMetEvidence(openImpostorStore(database), {
        dayAt: dayOf(siteZone(config)),
        now: () => clock.wall(),
      });
      for (const { condition, ...face } of counted)
        await met.refused({ ...face, live: condition }, await galleryFor(prepared, { condition }));
    });
  } finally {
    await prepared.search.close();
  }
}
