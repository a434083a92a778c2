/** Downloads in a folder: what is there was checked once, and is checked again when it is taken. */
import { createHash } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BlobShelf } from '../../ports/fleet.js';
import { beginFile } from './begun-file.js';
import { readIfThere } from './whole-file.js';

export function blobFolder(folder: string): BlobShelf {
  return {
    async get(sha256) {
      const bytes = await readIfThere(path.join(folder, sha256));
      if (bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== sha256)
        return undefined;
      return bytes;
    },
    async put(sha256, bytes) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // No fsync: a file that a power cut leaves damaged is fetched again.
      const fresh = path.join(folder, `.new-${sha256}`);
      await writeFile(fresh, bytes, { mode: 0o600 });
      await rename(fresh, path.join(folder, sha256));
    },
    begun: (sha256) => beginFile(folder, path.join(folder, `.part-${sha256}`)),
    clear: () => rm(folder, { recursive: true, force: true }),
  };
}
