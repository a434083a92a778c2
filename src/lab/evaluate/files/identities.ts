import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { TwinstileError } from '../../../base/errors.js';
import { faultOf } from '../../../base/system-error.js';
import { readPlainFile } from '../../../platform/plain-file.js';

/** A list of a million lines is smaller. */
const MAX_LIST = 256 * 1024 * 1024;

/** A clip, and who is seen in it. */
interface FiledClip {
  /** As the list names it. */
  readonly file: string;
  /** Absolute. */
  readonly path: string;
  readonly person: string;
}

/**
 * Reads identities.csv in a folder of clips: the columns file and identity; others are passed over, as are lines without
 * an identity.
 * @throws TwinstileError 'bad-arguments' for a list that is missing, broken or empty.
 */
export async function readIdentities(folder: string): Promise<readonly FiledClip[]> {
  const list = path.join(folder, 'identities.csv');
  let rows: readonly Record<string, string>[];
  try {
    const bytes = await readPlainFile(list, { maxBytes: MAX_LIST });
    rows = parse(bytes, { columns: true, bom: true, trim: true, skip_empty_lines: true });
  } catch (cause) {
    throw unfit(`a CSV file at ${list}`, faultOf(cause), cause);
  }
  const clips = rows.flatMap(({ file, identity }, index) => {
    if (file === undefined || identity === undefined)
      throw unfit(`columns file and identity in line ${index + 2} of ${list}`, 'something else');
    return identity === '' ? [] : [{ file, path: path.resolve(folder, file), person: identity }];
  });
  if (clips.length === 0) throw unfit(`clips in ${list}`, 'an empty list');
  return clips;
}

const unfit = (expected: string, got: string, cause?: unknown): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'The first line is "file,identity"; each further line names a clip in the folder and who is seen in it.',
    cause,
  });
