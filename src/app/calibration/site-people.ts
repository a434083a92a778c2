/** The site's own enrolled people, as a calibration needs them. */
import { loadConfig } from '../../config/load.js';
import { digestOf, type ModelCard } from '../../siamese/card.js';
import { withGallery } from '../gallery/open-gallery.js';

/** A stored template: a vector of the trunk, and a number for whose it is. */
export interface SiteTemplate {
  readonly person: string;
  readonly vector: Float32Array;
}

/** @throws TwinstileError of the configuration and the gallery. */
export async function siteTemplates(
  configFile: string,
  card: ModelCard,
  env: NodeJS.ProcessEnv,
): Promise<readonly SiteTemplate[]> {
  const config = await loadConfig(configFile);
  return withGallery(config, env.CREDENTIALS_DIRECTORY, async ({ gallery }) => {
    const { dimension } = card.encoder;
    const { matrix, owners } = await gallery.snapshot(digestOf(card), dimension);
    return owners.map((person, row) => ({
      person,
      vector: matrix.slice(row * dimension, (row + 1) * dimension),
    }));
  });
}
