/** By which models does the service begin: those of a release that is in use here, or those that the configuration names? */

import { explain, TwinstileError } from '../../base/errors.js';
import type { RolloutStore } from '../../fleet/release-ports.js';
import {
  type ReleasedModels,
  type RolloutProgress,
  rolledBack,
  sameModels,
  started,
} from '../../fleet/releases/rollout-state.js';
import { openRolloutStore } from '../../fleet/sqlite/rollout-store.js';
import type { Log } from '../../platform/log.js';
import { systemClock } from '../../platform/system-clock.js';
import { openDatabase } from '../../records/sql/sqlite/sqlite-database.js';
import type { Config } from '../config/config-schema.js';
import { databaseFile } from '../setup/open-gallery.js';
import { type ModelsInUse, openModels, placesOf, runningIn } from './released-files.js';

/** In use, its predecessor, and what the configuration names. */
const MAX_ATTEMPTS = 3;
/** What a release itself can be the reason of; a file that is gone is as bad as a wrong one. */
const UNUSABLE = ['pack-unknown', 'pack-missing', 'pack-refused', 'head-refused'];

/**
 * Counts the start of a release that is watched, and leaves one that cannot be opened.
 * @throws TwinstileError of the models that the configuration names, when those are missing: later, by whoever opens them.
 */
export async function modelsInUse(
  config: Config,
  env: NodeJS.ProcessEnv,
  log: Pick<Log, 'error'>,
): Promise<ModelsInUse> {
  if (config.gallery.fleet?.models.accept_releases !== true) return placesOf(config, env, undefined);
  try {
    const database = await openDatabase(databaseFile(config));
    try {
      return await usableIn(openRolloutStore(database), config, env, log);
    } finally {
      await database.close();
    }
  } catch (error) {
    // A database that is damaged is healed by the service, which then sees that it runs by other models, and begins again.
    log.error({ detail: explain(error) }, 'it is not known which release of models is in use');
    return placesOf(config, env, undefined);
  }
}

async function usableIn(
  store: RolloutStore,
  config: Config,
  env: NodeJS.ProcessEnv,
  log: Pick<Log, 'error'>,
): Promise<ModelsInUse> {
  let progress = await store.change((here) => started(here, systemClock.wall()));
  for (let attempt = 0; attempt < MAX_ATTEMPTS && progress.running !== undefined; attempt += 1) {
    const models = placesOf(config, env, progress.running);
    try {
      await openModels(models);
      return models;
    } catch (error) {
      if (!(error instanceof TwinstileError) || !UNUSABLE.includes(error.code)) throw error;
      log.error({ pack: models.pack, detail: explain(error) }, 'a release of models cannot be used');
      progress = await store.change((here) => rolledBack(here, systemClock.wall(), explain(error)));
    }
  }
  return placesOf(config, env, progress.running);
}

/** What a release can be the reason of when the service does not start by it. */
const CANNOT_START = [
  ...UNUSABLE,
  'pack-uncalibrated',
  'calibration-refused',
  'model-failed',
  'config-invalid',
];

/** @returns whether a release that is watched was left, because the service cannot run by it. */
export async function leaveModels(
  config: Config,
  released: ReleasedModels,
  error: unknown,
): Promise<boolean> {
  if (!(error instanceof TwinstileError) || !CANNOT_START.includes(error.code)) return false;
  const database = await openDatabase(databaseFile(config));
  try {
    const { running } = await openRolloutStore(database).change((here) =>
      here.watched !== undefined && sameModels(here.running, released)
        ? rolledBack(here, systemClock.wall(), explain(error))
        : here,
    );
    return !sameModels(running, released);
  } finally {
    await database.close();
  }
}

/** The models that commands beside the service have to use: what is enrolled by others would not be recognised. */
export async function withModelsInUse(config: Config, progress: RolloutProgress, env: NodeJS.ProcessEnv) {
  const models = placesOf(config, env, runningIn(config, progress));
  return { models, config: configFor(config, models) };
}

/** The configuration as if it named the models in use. */
export function configFor(config: Config, { released, pack, headFile }: ModelsInUse): Config {
  if (released === undefined) return config;
  // A table or a second opinion that was made here speaks of the models that were here.
  const { head: _, calibration: __, reranker: ___, ...models } = config.models;
  return { ...config, models: { ...models, pack, head: headFile } };
}
