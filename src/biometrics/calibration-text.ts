/**
 * A calibration table as a file of its own: JSON with the SHA-256 of everything else in it, and the digest of the encoder
 * and head whose distances it speaks of.
 */
import { z } from 'zod';
import { TwinstileError } from '../base/errors.js';
import { integrityOf } from './integrity.js';
import { type CalibrationTable, calibrationTable } from './model-card.js';

export const CALIBRATION_FORMAT = 'twinstile-calibration/1';

/** Some hundred rows come to a few kilobytes. */
export const MAX_CALIBRATION_FILE = 1_000_000;

const file = z.strictObject({
  format: z.literal(CALIBRATION_FORMAT),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** For whoever reads it. */
  pack: z.string().max(200),
  table: calibrationTable,
});

/** @param table with the digest of what was compared. @throws TwinstileError 'calibration-refused' without one. */
export function calibrationToText(pack: string, table: CalibrationTable): string {
  const whole = { format: CALIBRATION_FORMAT, pack, table };
  const text = `${JSON.stringify({ ...whole, sha256: integrityOf(whole) }, null, 1)}\n`;
  calibrationFromText(text);
  return text;
}

/** @throws TwinstileError 'calibration-refused' for a file that is broken, foreign or too large. */
export function calibrationFromText(text: string): CalibrationTable {
  if (text.length > MAX_CALIBRATION_FILE)
    throw refused(`at most ${MAX_CALIBRATION_FILE} characters`, `${text.length}`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw refused('JSON', 'text that is none', cause);
  }
  const parsed = file.safeParse(json);
  if (!parsed.success)
    throw refused(`the format ${CALIBRATION_FORMAT}`, z.prettifyError(parsed.error), parsed.error);
  const { sha256, ...whole } = parsed.data;
  const real = integrityOf(whole);
  if (sha256 !== real) throw refused(`content with the sha256 ${sha256}`, real);
  if (whole.table.digest === undefined) throw refused('the digest of what was compared', 'none');
  return whole.table;
}

const refused = (expected: string, got: string, cause?: unknown): TwinstileError =>
  new TwinstileError({
    code: 'calibration-refused',
    message: `Expected a calibration with ${expected}, got ${got}.`,
    hint: 'Make it anew: twinstile calibrate --out FILE',
    cause,
  });
