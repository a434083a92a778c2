/**
 * Opens what work on adapted heads needs of a configuration: database, key, encoder, and the models that lanes
 * use without them.
 */
import { randomUUID } from 'node:crypto';
import type { AdaptDependencies } from '../../adaptation/apply-adaptation.js';
import { openAdaptation } from '../../adaptation/sqlite-adaptation.js';
import type { Clock } from '../../base/clock.js';
import { TwinstileError } from '../../base/errors.js';
import type { Comparison } from '../../biometrics/head/comparison.js';
import type { ModelCard } from '../../biometrics/model-card.js';
import { openRolloutStore } from '../../fleet/sqlite/rollout-store.js';
import type { ActSource } from '../../records/journal/act.js';
import type { GalleryStore } from '../../records/people/gallery-store.js';
import { openGallery } from '../../records/people/sql-gallery.js';
import { openJournal } from '../../records/sql/sqlite/sqlite-journal.js';
import type { Config } from '../config/config-schema.js';
import { withModelsInUse } from '../models/models-in-use.js';
import { type ModelsInUse, openModels } from '../models/released-files.js';
import { localActs } from '../setup/local-acts.js';
import { galleryKey, withDatabase } from '../setup/open-gallery.js';

export interface AdaptVerbDependencies {
  readonly config: Config;
  readonly models: ModelsInUse;
  readonly card: ModelCard;
  readonly configured: Comparison;
  readonly dependencies: AdaptDependencies;
  readonly people: GalleryStore;
}

interface AdaptationOptions {
  readonly config: Config;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** Actor who takes heads into use or rolls them back; absent: the user of this command. */
  readonly acts?: ActSource;
}

/**
 * Runs the work with everything open, and closes it in every case.
 * @throws TwinstileError 'key-unusable' | 'gallery-locked' | 'gallery-unusable', those of pack and head, and
 * what the work throws.
 */
export function withAdaptation<T>(
  { config: given, env, clock, acts = localActs(env) }: AdaptationOptions,
  work: (dependencies: AdaptVerbDependencies) => Promise<T>,
): Promise<T> {
  return withDatabase(given, async (database) => {
    const { models, config } = await withModelsInUse(given, await openRolloutStore(database).load(), env);
    const { card, comparison: configured } = await openModels(models);
    const key = await galleryKey(config, env.CREDENTIALS_DIRECTORY);
    const people = await openGallery(database, key);
    try {
      const parts = {
        store: openAdaptation(database, key, acts),
        journal: openJournal(database),
        wall: () => clock.wall(),
        newId: randomUUID,
      };
      return await work({ config, models, card, configured, dependencies: parts, people });
    } finally {
      await people.close();
    }
  });
}

/** Returns the requested lanes: all, or one. @throws TwinstileError 'bad-arguments' for one that is not configured. */
export function lanesOf(config: Pick<Config, 'lanes'>, only: string | undefined): Config['lanes'] {
  const lanes = config.lanes.filter(({ id }) => only === undefined || id === only);
  if (lanes.length > 0) return lanes;
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected a lane of the configuration, got ${JSON.stringify(only)}.`,
    hint: `Name one of: ${config.lanes.map(({ id }) => id).join(', ')}.`,
  });
}
