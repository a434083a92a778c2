/** Determines with which models this box compares, for commands outside the service. Read-only: counts and changes nothing. */
import { existsSync } from 'node:fs';
import { TwinstileError } from '../../base/errors.js';
import type { ModelDigest } from '../../base/ids.js';
import { digestOf } from '../../biometrics/model-card.js';
import { readCatalog } from '../../biometrics/packs/pack-catalog.js';
import { cardOf } from '../../biometrics/packs/pack-store.js';
import { NO_PROGRESS } from '../../fleet/releases/rollout-state.js';
import { openRolloutStore } from '../../fleet/sqlite/rollout-store.js';
import type { Config } from '../config/config-schema.js';
import { databaseFile, withDatabase } from '../setup/open-gallery.js';
import { withModelsInUse } from './models-in-use.js';
import type { ModelsInUse } from './released-files.js';

/**
 * @returns the configuration with the models in use in place of the configured ones. @throws TwinstileError 'gallery-unusable'.
 */
export async function modelsOfBox(
  config: Config,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly config: Config; readonly models: ModelsInUse }> {
  if (config.gallery.fleet?.models.accept_releases !== true || !existsSync(databaseFile(config)))
    return withModelsInUse(config, NO_PROGRESS, env);
  return withDatabase(config, async (database) =>
    withModelsInUse(config, await openRolloutStore(database).load(), env),
  );
}

/** Encoder that templates must come from to be recognised here; undefined where no such pack is installed. */
export async function encoderInUse(config: Config, env: NodeJS.ProcessEnv): Promise<ModelDigest | undefined> {
  const { models } = await modelsOfBox(config, env);
  try {
    return digestOf(await cardOf(models.packFolder, models.pack, await readCatalog()));
  } catch (error) {
    // An office that only manages lists needs no networks.
    if (error instanceof TwinstileError && error.code.startsWith('pack-')) return undefined;
    throw error;
  }
}
