/** Calibration tables on disk. */
import { TwinstileError } from '../../base/errors.js';
import { writeIntoExistingFolder } from '../../platform/atomic-file.js';
import { readPlainText } from '../../platform/plain-file.js';
import { calibrationFromText, calibrationToText, MAX_CALIBRATION_FILE } from '../calibration-text.js';
import type { CalibrationTable } from '../model-card.js';

/** @throws TwinstileError 'calibration-refused': not there, too large (looked at before it is read) or broken. */
export async function readCalibration(file: string): Promise<CalibrationTable> {
  let text: string;
  try {
    text = await readPlainText(file, { maxBytes: MAX_CALIBRATION_FILE, refuse: refused });
  } catch (cause) {
    if (cause instanceof TwinstileError) throw cause;
    throw refused(`a file at ${file}`, 'none that can be read', cause);
  }
  return calibrationFromText(text);
}

/** Whole or not at all. @throws TwinstileError 'calibration-refused' when it cannot be written. */
export async function writeCalibration(file: string, pack: string, table: CalibrationTable): Promise<void> {
  const text = calibrationToText(pack, table);
  try {
    await writeIntoExistingFolder(file, text);
  } catch (cause) {
    throw refused(`to write ${file}`, 'a failure', cause);
  }
}

const refused = (expected: string, got: string, cause?: unknown): TwinstileError =>
  new TwinstileError({
    code: 'calibration-refused',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'Name a calibration from: twinstile calibrate --out FILE',
    cause,
  });
