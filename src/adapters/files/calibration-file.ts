/** Calibration tables on disk. */
import { readFile, stat } from 'node:fs/promises';
import { TwinstileError } from '../../base/errors.js';
import {
  calibrationFromText,
  calibrationToText,
  LARGEST_CALIBRATION_FILE,
} from '../../siamese/calibration/file.js';
import type { CalibrationTable } from '../../siamese/card.js';
import { writeWhole } from './write-whole.js';

/** @throws TwinstileError 'calibration-refused': not there, too large (looked at before it is read) or broken. */
export async function readCalibration(file: string): Promise<CalibrationTable> {
  let text: string;
  try {
    const { size } = await stat(file);
    if (size > LARGEST_CALIBRATION_FILE)
      throw refused(`at most ${LARGEST_CALIBRATION_FILE} bytes in ${file}`, `${size}`);
    text = await readFile(file, 'utf8');
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
    await writeWhole(file, text);
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
