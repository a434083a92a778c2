/** Determines with which models the service starts: those of a release that is in use here, or those of the configuration. */

import { existsSync } from 'node:fs';
import { explain, TwinstileError } from '../../base/errors.js';
import type { ModelDigest } from '../../base/ids.js';
import { digestOf } from '../../biometrics/model-card.js';
import { readCatalog } from '../../biometrics/packs/pack-catalog.js';
import { cardOf } from '../../biometrics/packs/pack-store.js';
import type { RolloutStore } from '../../fleet/fleet-ports.js';
import {
  NO_PROGRESS,
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
import { databaseFile, withDatabase } from '../setup/open-gallery.js';
import { type ModelsInUse, modelPlacesOf, openModels, runningIn } from './released-files.js';

/** Number of attempts: the release in use, its predecessor, and the configured models. */
const MAX_ATTEMPTS = 3;
/** Faults that a release can cause; a missing file counts the same as a wrong one. */
const UNUSABLE = ['pack-unknown', 'pack-missing', 'pack-refused', 'head-refused'];

/**
 * Counts the start of a release on probation, and abandons one that cannot be opened.
 * @throws TwinstileError of the configured models when those are missing: later, from the code that opens them.
 */
export async function modelsInUse(
  config: Config,
  env: NodeJS.ProcessEnv,
  log: Pick<Log, 'error'>,
): Promise<ModelsInUse> {
  if (config.gallery.fleet?.models.accept_releases !== true) return modelPlacesOf(config, env, undefined);
  try {
    const database = await openDatabase(databaseFile(config));
    try {
      return await usableIn(openRolloutStore(database), config, env, log);
    } finally {
      await database.close();
    }
  } catch (error) {
    // A damaged database is restored by the service, which then detects that it runs with other models and restarts.
    log.error({ detail: explain(error) }, 'it is not known which release of models is in use');
    return modelPlacesOf(config, env, undefined);
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
    const models = modelPlacesOf(config, env, progress.running);
    try {
      await openModels(models);
      return models;
    } catch (error) {
      if (!(error instanceof TwinstileError) || !UNUSABLE.includes(error.code)) throw error;
      log.error({ pack: models.pack, detail: explain(error) }, 'a release of models cannot be used');
      progress = await store.change((here) => rolledBack(here, systemClock.wall(), explain(error)));
    }
  }
  return modelPlacesOf(config, env, progress.running);
}

/** Faults that a release can cause when the service does not start with it. */
const CANNOT_START = [
  ...UNUSABLE,
  'pack-uncalibrated',
  'calibration-refused',
  'model-failed',
  'config-invalid',
];

/** @returns whether a release on probation was abandoned, because the service cannot run with it. */
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

/** Returns the models that commands outside the service must use: people enrolled with others would not be recognised. */
export async function withModelsInUse(config: Config, progress: RolloutProgress, env: NodeJS.ProcessEnv) {
  const models = modelPlacesOf(config, env, runningIn(config, progress));
  return { models, config: configFor(config, models) };
}

/** Returns the configuration with the models in use in place of the configured ones. */
export function configFor(config: Config, { released, pack, headFile }: ModelsInUse): Config {
  if (released === undefined) return config;
  // A calibration table or a reranker made here applies only to the models that were in use then.
  const { head: _, calibration: __, reranker: ___, ...models } = config.models;
  return { ...config, models: { ...models, pack, head: headFile } };
}

/**
 * Determines with which models this box compares, for commands outside the service. Read-only: counts and changes nothing.
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
