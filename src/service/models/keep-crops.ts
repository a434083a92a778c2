/** Crops and stores the faces of photographs that are enrolled, where the site's configuration allows it. */

import { openPacks } from '../../biometrics/packs/pack-store.js';
import { startFaceCropper } from '../../records/enrollment/face-cropper.js';
import type { CropStore, FaceCropper } from '../../records/people/crop-store.js';
import { openCrops } from '../../records/people/sqlite-crops.js';
import { photoEncoderSettings } from '../../vision/ports/vision.js';
import type { Config } from '../config/config-schema.js';
import { galleryKey, withDatabase } from '../setup/open-gallery.js';
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
