/** The site's own enrolled people, ready to learn from: no photograph is needed, because trunk vectors are what is stored. */

import { TwinstileError } from '../../base/errors.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import type { SidedPhoto } from '../../biometrics/statistics/training-sets.js';
import { loadConfig } from '../../service/config/load-config.js';
import { siteTemplates } from '../calibrate/site-people.js';
import type { TrainingPhotos } from './photos-source.js';

interface GallerySourceOptions {
  readonly configFile: string;
  readonly pack: string;
  readonly packFolder: string;
}

/** The pack that a site's gallery is compared by. @throws TwinstileError of the configuration. */
export const packOfSite = async (configFile: string): Promise<string> =>
  (await loadConfig(configFile)).models.pack;

/**
 * People who gave consent, with the templates that this pack's encoder made; those of one template are impostors to the others.
 * @param side of the templates: 'live' when they are compared with each other.
 * @throws TwinstileError of the configuration, the pack store and the gallery, and 'bad-arguments' when there is no such template.
 */
export async function gallerySource(
  { configFile, pack, packFolder }: GallerySourceOptions,
  side: SidedPhoto['side'],
  env: NodeJS.ProcessEnv,
): Promise<TrainingPhotos> {
  const { card } = await openPacks(packFolder).open(pack);
  const templates = await siteTemplates(configFile, card, env);
  if (templates.length === 0)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected people enrolled with the pack ${pack} in the gallery of ${configFile}, got none.`,
      hint: 'Name the pack they were enrolled with (--pack NAME), or enrol people first: twinstile enroll.',
    });
  const photos = templates.map(
    ({ person, vector }): SidedPhoto => ({ person: `${person}`, side, embedding: vector }),
  );
  return { card, photos, found: photos.length };
}
