/** Computes templates of another encoder from stored face crops, by a configuration. */

import { digestOf } from '../../biometrics/model-card.js';
import { type ReencodeSummary, reencode } from '../../fleet/rollout/reencode.js';
import { systemClock } from '../../platform/system-clock.js';
import { openGallery } from '../../records/people/sql-gallery.js';
import { openCrops } from '../../records/people/sqlite-crops.js';
import { openDatabase } from '../../records/sql/sqlite/sqlite-database.js';
import type { Config } from '../config/config-schema.js';
import { localActs } from '../setup/local-acts.js';
import { databaseFile, galleryKey } from '../setup/open-gallery.js';
import { openPhotoEncoder } from '../setup/open-photo-encoder.js';
import { sandboxPolicyOf } from '../setup/sandbox-policy.js';

export interface ReencodeOptions {
  readonly config: Pick<Config, 'data_dir' | 'models' | 'gallery'>;
  readonly env: NodeJS.ProcessEnv;
  readonly pack: string;
  readonly packFolder: string;
  readonly onProgress?: (done: number) => void;
}

/** @returns also the number of stored crops. @throws TwinstileError of pack, encoder, key and database. */
export async function reencodePeople(
  { config, env, pack, packFolder, onProgress }: ReencodeOptions,
  signal?: AbortSignal,
): Promise<ReencodeSummary & { readonly kept: number }> {
  const credentials = env.CREDENTIALS_DIRECTORY;
  const key = await galleryKey(config, credentials);
  const { provider, threads } = config.models;
  const reach = sandboxPolicyOf(config, packFolder, undefined, credentials);
  const database = await openDatabase(databaseFile(config), 'refuse');
  try {
    const [crops, store] = [await openCrops(database, key), await openGallery(database, key, localActs(env))];
    const kept = await crops.count();
    if (kept === 0) return { kept, templates: 0, people: 0, without: [], damaged: [] };
    const { encoder, card } = await openPhotoEncoder({ pack, packFolder, provider, threads, reach });
    const digest = digestOf(card);
    const parts = { crops, store, encoder, digest, now: () => systemClock.wall() };
    try {
      const sum = await reencode({ ...parts, onProgress }, signal);
      return { kept, ...sum };
    } finally {
      await encoder.close();
      await store.close();
    }
  } finally {
    await database.close();
  }
}
