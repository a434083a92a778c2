import type { PersonId } from '../../base/ids.js';
import type { StoredCrop } from '../../records/people/crop-store.js';
import { openCrops } from '../../records/people/sqlite-crops.js';
import type { Config } from '../config/config-schema.js';
import { galleryKey, isRegistrar, withDatabase } from '../setup/open-gallery.js';

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
