/** What a directory service (LDAP, Active Directory, an identity provider) exported, and what its readers have in common. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { TwinstileError } from '../../base/errors.js';
import { SAVE_AS_UTF8 } from '../../base/utf8.js';
import { readPlainFile } from '../../platform/plain-file.js';

/** Bytes, which may be text in UTF-8; or why there are none. */
export type DirectoryValue = Uint8Array | { readonly unusable: string };

export interface DirectoryEntry {
  /** For the report: "line 12 of FILE (uid=ada,ou=people)". */
  readonly where: string;
  /** By names in lower case, without options such as ";binary". */
  readonly attributes: ReadonlyMap<string, readonly DirectoryValue[]>;
}

export interface DirectoryExport {
  /** From the beginning each time: an export of many photographs does not fit into memory. @throws TwinstileError 'bad-arguments'. */
  entries(): AsyncIterable<DirectoryEntry>;
  /** Known after the entries were read: how many more the directory reports to have; 0 when it reports no number. */
  missingCount(): number;
  /** Known after the entries were read: why this cannot be the full export; absent or undefined without a sign of that. */
  incomplete?(): string | undefined;
}

/** Error for an export that cannot be used; nothing of it is imported. */
export const unfit = (expected: string, got: string, cause?: unknown): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'Export it again; nothing was changed yet.',
    cause,
  });

/** Names of an export in another encoding would be destroyed for ever. @param where "line 2 of FILE". */
export const notUtf8 = (where: string, got = 'other bytes'): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected UTF-8 at ${where}, got ${got}.`,
    hint: `${SAVE_AS_UTF8} Nothing was changed yet.`,
  });

/** Of a photograph. */
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * Reads a photograph that an export names instead of containing; only files in the folder of the export are read.
 * @param name path or file: URL. @param folder of the export.
 */
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
