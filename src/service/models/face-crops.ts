/** Stores the face crops of enrolled photographs where the site allows it, and encodes them again for other models. */
import type { PersonId } from '../../base/ids.js';
import { digestOf } from '../../biometrics/model-card.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import { type ReencodeSummary, reencode } from '../../fleet/rollout/reencode.js';
import { systemClock } from '../../platform/system-clock.js';
import { startFaceCropper } from '../../records/enrollment/face-cropper.js';
import type { CropStore, FaceCropper, StoredCrop } from '../../records/people/crop-store.js';
import { openGallery } from '../../records/people/sql-gallery.js';
import { openCrops } from '../../records/people/sqlite-crops.js';
import { openDatabase } from '../../records/sql/sqlite/sqlite-database.js';
import { photoEncoderSettings } from '../../vision/ports/vision.js';
import type { Config } from '../config/config-schema.js';
import { localActs } from '../setup/local-acts.js';
import { databaseFile, galleryKey, isRegistrar, withDatabase } from '../setup/open-gallery.js';
import { openPhotoEncoder } from '../setup/open-photo-encoder.js';
import { sandboxPolicyOf } from '../setup/sandbox-policy.js';
import { visionStart } from '../setup/vision-process.js';

export type CropKeeper = Pick<FaceCropper, 'crop'> & Pick<CropStore, 'keep'>;

/**
 * Runs the work with a store for crops, or without one where `privacy.store_face_crops` is off.
 * @param packFolder folder of the pack that the configuration names: its detector finds the faces.
 * @throws TwinstileError 'vision-failed', those of pack, key and database, and what the work throws.
 */
export async function withCropKeeper<T>(
  config: Config,
  packFolder: string,
  env: NodeJS.ProcessEnv,
  work: (crops: CropKeeper | undefined) => Promise<T>,
): Promise<T> {
  if (!config.privacy.store_face_crops) return work(undefined);
  const credentials = env.CREDENTIALS_DIRECTORY;
  const { pack, provider, threads } = config.models;
  const { card } = await openPacks(packFolder).open(pack);
  return withDatabase(
    config,
    async (database) => {
      const store = await openCrops(database, await galleryKey(config, credentials));
      const cropper = await startFaceCropper({
        ...visionStart({
          dimension: card.encoder.dimension,
          onLine: () => {},
          reach: sandboxPolicyOf(config, packFolder, undefined, credentials),
        }),
        setup: photoEncoderSettings({ packFolder, pack, provider, threads }),
      });
      try {
        return await work({ crop: (photo) => cropper.crop(photo), keep: (crops) => store.keep(crops) });
      } finally {
        await cropper.close();
      }
    },
    'create',
  );
}

/** Returns a person's stored crops from enrollment; none where people are kept in a registrar's database. */
export async function cropsOf(
  config: Config,
  credentials: string | undefined,
  person: PersonId,
): Promise<readonly StoredCrop[]> {
  if (isRegistrar(config)) return [];
  const key = await galleryKey(config, credentials);
  return withDatabase(config, async (database) => (await openCrops(database, key)).of(person));
}

interface ReencodeOptions {
  readonly config: Pick<Config, 'data_dir' | 'models' | 'gallery'>;
  readonly env: NodeJS.ProcessEnv;
  readonly pack: string;
  readonly packFolder: string;
  readonly onProgress?: (done: number) => void;
}

/**
 * Computes templates of another encoder from stored face crops, by a configuration.
 * @returns also the number of stored crops. @throws TwinstileError of pack, encoder, key and database.
 */
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
