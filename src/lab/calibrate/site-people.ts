/** The site's own enrolled people, as a calibration needs them. */

import { TwinstileError } from '../../base/errors.js';
import { type CalibrationTable, digestOf, type ModelCard } from '../../biometrics/model-card.js';
import { writeIntoExistingFolder } from '../../platform/atomic-file.js';
import { readPlainText } from '../../platform/plain-file.js';
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

/**
 * Writes a calibration table into the card.json of a pack.
 * @throws TwinstileError 'bad-arguments' when there is no card to be read.
 */
export async function writeIntoCard(file: string, calibration: CalibrationTable): Promise<void> {
  let card: Record<string, unknown>;
  try {
    card = JSON.parse(await readPlainText(file, { maxBytes: 16 * 1024 * 1024 })) as Record<string, unknown>;
  } catch (cause) {
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `The model card at ${file} cannot be read.`,
      hint: 'Name the card.json of the pack.',
      cause,
    });
  }
  await writeIntoExistingFolder(file, `${JSON.stringify({ ...card, calibration }, null, 2)}\n`);
}
