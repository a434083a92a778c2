import { parse } from 'csv-parse/sync';
import { TwinstileError } from '../../../base/errors.js';
import { faultOf } from '../../../base/system-error.js';
import { readPlainFile } from '../../../platform/plain-file.js';

/** A list of a million lines is smaller. */
const MAX_LIST = 256 * 1024 * 1024;

/** Two photographs, by their paths below the folder of images, and whether they show one person. */
export interface PhotoPair {
  readonly a: string;
  readonly b: string;
  readonly same: boolean;
}

/**
 * Reads a list of pairs: CSV with the columns a, b and same (1 or 0, true or false).
 * @throws TwinstileError 'bad-arguments' with the line that is wrong.
 */
export async function readPairs(file: string): Promise<readonly PhotoPair[]> {
  let rows: readonly Record<string, string>[];
  try {
    const bytes = await readPlainFile(file, { maxBytes: MAX_LIST });
    rows = parse(bytes, { columns: true, bom: true, trim: true, skip_empty_lines: true });
  } catch (cause) {
    throw unfit(`a CSV file of pairs at ${file}`, faultOf(cause), cause);
  }
  if (rows.length === 0) throw unfit(`pairs in ${file}`, 'an empty list');
  return rows.map(({ a, b, same }, index) => {
    const truth = { '1': true, true: true, '0': false, false: false }[(same ?? '').toLowerCase()];
    if (a === undefined || b === undefined || truth === undefined)
      throw unfit(`columns a, b and same (1 or 0) in line ${index + 2} of ${file}`, 'something else');
    return { a, b, same: truth };
  });
}

const unfit = (expected: string, got: string, cause?: unknown): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'The first line is "a,b,same"; each further line names two photographs below --images.',
    cause,
  });
