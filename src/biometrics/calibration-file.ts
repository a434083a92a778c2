/** Reads and writes calibration tables as files of their own, with the digest of the encoder and head whose distances they map. */
import { z } from 'zod';
import { createArtifactFile } from './artifact-file.js';
import { type CalibrationTable, calibrationTable } from './model-card.js';

const NAME_ONE = 'Name a calibration from: twinstile calibrate --out FILE';

const artifact = createArtifactFile({
  format: 'twinstile-calibration/1',
  noun: 'a calibration',
  code: 'calibration-refused',
  fields: {
    /** Informative only. */
    pack: z.string().max(200),
    table: calibrationTable,
  },
  // Some hundred rows come to a few kilobytes.
  maxSize: 1_000_000,
  hints: {
    content: 'Create it again: twinstile calibrate --out FILE',
    file: NAME_ONE,
    missing: NAME_ONE,
    unwritable: NAME_ONE,
  },
});

/** @param table with the digest of what was compared. @throws TwinstileError 'calibration-refused' without one. */
export function calibrationToText(pack: string, table: CalibrationTable): string {
  const text = artifact.toText({ pack, table });
  calibrationFromText(text);
  return text;
}

/** @throws TwinstileError 'calibration-refused' for a file that is broken, foreign or too large. */
export function calibrationFromText(text: string): CalibrationTable {
  const { table } = artifact.fromText(text);
  if (table.digest === undefined) throw artifact.refused('the digest of what was compared', 'none');
  return table;
}

/** @throws TwinstileError 'calibration-refused': missing, too large (checked before it is read) or broken. */
export const readCalibration = async (file: string): Promise<CalibrationTable> =>
  calibrationFromText(await artifact.read(file));

/** Writes completely or not at all. @throws TwinstileError 'calibration-refused' when it cannot be written. */
export const writeCalibration = async (file: string, pack: string, table: CalibrationTable): Promise<void> =>
  artifact.write(file, calibrationToText(pack, table));
