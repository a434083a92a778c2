/** The site's own enrolled people, as a calibration needs them. */

import { digestOf, type ModelCard } from '../../biometrics/model-card.js';
import { loadConfig } from '../../service/config/load-config.js';
import { withGallery } from '../../service/setup/open-gallery.js';

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
