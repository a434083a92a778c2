/**
 * Leaves people out of a calibration who are among its photographs under another name as well.
 *
 * A pair of photographs that show one person under two names is no impostor pair, and a table that counts it as one promises too
 * little. The smallest rates of a table rest on few pairs, so that a dozen of such people decide them.
 */
import { TwinstileError } from '../../base/errors.js';
import { readPlainFile } from '../../platform/plain-file.js';

/** A list of a hundred thousand names is smaller. */
const MAX_LIST = 8 * 1024 * 1024;

/**
 * Reads a list of people: one name of a subfolder a line; what follows a # is a remark.
 * @throws TwinstileError 'bad-arguments' for a list that cannot be read or names no one.
 */
export async function readLeftOut(file: string): Promise<ReadonlySet<string>> {
  const text = await readPlainFile(file, { maxBytes: MAX_LIST }).then(
    (bytes) => new TextDecoder().decode(bytes),
    (cause: unknown) => {
      throw unfit(`a list of people at ${file}`, cause instanceof Error ? cause.message : 'none', cause);
    },
  );
  const names = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((name) => name !== '');
  if (names.length === 0) throw unfit(`names in ${file}`, 'an empty list');
  return new Set(names);
}

/**
 * @param list where the names are from, for the message.
 * @returns the photographs of all others, in their order.
 * @throws TwinstileError 'bad-arguments' for a name that none of the photographs has: a slip there would count what is to be left out.
 */
export function withoutPeople<Photo extends { readonly person: string }>(
  photos: readonly Photo[],
  names: ReadonlySet<string>,
  list: string,
): readonly Photo[] {
  const known = new Set(photos.map(({ person }) => person));
  const unknown = [...names].filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw unfit(`people who are among the photographs in ${list}`, `${unknown.slice(0, 3).join(', ')}`);
  return photos.filter(({ person }) => !names.has(person));
}

const unfit = (expected: string, got: string, cause?: unknown): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'Each line names one subfolder of --images, as it is spelled there; a # begins a remark.',
    cause,
  });
