/** Reads a photograph that an export names instead of containing; only files in the folder of the export are read. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { TwinstileError } from '../../base/errors.js';
import { readPlainFile } from '../../platform/plain-file.js';
import type { DirectoryValue } from './directory-export.js';

const MAX_BYTES = 32 * 1024 * 1024;

/** @param name path or file: URL. @param folder of the export. */
export async function readPhotoFile(name: string, folder: string): Promise<DirectoryValue> {
  const given = fileOf(name);
  if (given === undefined)
    return {
      unusable: `a photo is an address (${name.slice(0, 60)}): fetch it, and name the file beside the export`,
    };
  try {
    const home = await realpath(folder);
    const file = await realpath(path.resolve(home, given));
    // An export must not make this program read, or report about, other files of the machine.
    if (path.relative(home, file).startsWith('..') || path.isAbsolute(path.relative(home, file)))
      return { unusable: `a photo lies outside of the export’s folder (${given})` };
    return await readPlainFile(file, { maxBytes: MAX_BYTES });
  } catch (error) {
    // A missing photograph is a result; the others are still imported.
    const why = error instanceof TwinstileError ? 'is no plain file of at most 32 MB' : 'cannot be read';
    return { unusable: `a photo that ${why} (${given})` };
  }
}

function fileOf(name: string): string | undefined {
  if (!/^[a-z][a-z0-9+.-]+:/i.test(name)) return name;
  try {
    return name.toLowerCase().startsWith('file:') ? fileURLToPath(name) : undefined;
  } catch {
    // file://another-host/… is on another host.
    return undefined;
  }
}
