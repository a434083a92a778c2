/** Templates of another encoder out of kept crops, by a configuration. */

import { openDatabase } from '../../adapters/sqlite/database.js';
import { openCrops } from '../../adapters/sqlite/people/crops.js';
import { systemClock } from '../../adapters/system/clock.js';
import type { Config } from '../../config/schema.js';
import { type ReencodeSum, reencode } from '../../pipeline/models/reencode.js';
import { digestOf } from '../../siamese/card.js';
import { openGallery } from '../../tables/gallery.js';
import { databaseFile, galleryKey } from '../gallery/open-gallery.js';
import { localActs } from '../local-acts.js';
import { openPhotoEncoder } from '../photos/open-photo-encoder.js';
import { reachOf } from '../shut-in.js';

export interface ReencodeOrder {
  readonly config: Pick<Config, 'data' | 'models' | 'gallery'>;
  readonly env: NodeJS.ProcessEnv;
  readonly pack: string;
  readonly packFolder: string;
  readonly onProgress?: (done: number) => void;
}

/** @returns also how many crops are kept altogether. @throws TwinstileError of pack, encoder, key and database. */
export async function reencodePeople(
  { config, env, pack, packFolder, onProgress }: ReencodeOrder,
  signal?: AbortSignal,
): Promise<ReencodeSum & { readonly kept: number }> {
  const credentials = env.CREDENTIALS_DIRECTORY;
  const key = await galleryKey(config, credentials);
  const { provider, threads } = config.models;
  const reach = reachOf(config, packFolder, undefined, credentials);
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
