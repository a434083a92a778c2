/** A calibration table into the card.json of a pack. */

import { TwinstileError } from '../../base/errors.js';
import type { CalibrationTable } from '../../biometrics/model-card.js';
import { writeIntoExistingFolder } from '../../platform/atomic-file.js';
import { readPlainText } from '../../platform/plain-file.js';

/** @throws TwinstileError 'bad-arguments' when there is no card to be read. */
export async function writeIntoCard(file: string, calibration: CalibrationTable): Promise<void> {
  let card: Record<string, unknown>;
  try {
    card = JSON.parse(await readPlainText(file, { maxBytes: 16 * 1024 * 1024 })) as Record<string, unknown>;
  } catch (cause) {
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected a model card at ${file}, got none that can be read.`,
      hint: 'Name the card.json of the pack.',
      cause,
    });
  }
  await writeIntoExistingFolder(file, `${JSON.stringify({ ...card, calibration }, null, 2)}\n`);
}
