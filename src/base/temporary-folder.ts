import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TwinstileError } from './errors.js';
import { systemReason } from './system-error.js';

/**
 * Creates a private folder for temporary files; the caller removes it.
 * @throws TwinstileError 'file-refused' where there can be none.
 */
export async function temporaryFolder(prefix: string): Promise<string> {
  const place = tmpdir();
  try {
    return await mkdtemp(path.join(place, prefix));
  } catch (cause) {
    throw new TwinstileError({
      code: 'file-refused',
      message: `Expected a folder for temporary files that can be written at ${place}, got ${systemReason(cause)?.got ?? String(cause)}.`,
      hint: 'Set TMPDIR to a folder that this user can write, and that has room.',
      cause,
    });
  }
}
