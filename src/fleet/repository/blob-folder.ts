/** Downloads in a folder: what is there was checked once, and is checked again when it is taken. */
import { createHash } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readIfPresent } from '../../platform/atomic-file.js';
import { unusableStorage } from '../../records/sql-port.js';
import type { BlobStore } from '../fleet-ports.js';
import { openPartialDownload } from './partial-download.js';

export function blobFolder(folder: string): BlobStore {
  return {
    async get(sha256) {
      const bytes = await readIfPresent(path.join(folder, sha256));
      if (bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== sha256)
        return undefined;
      return bytes;
    },
    async put(sha256, bytes) {
      const fresh = path.join(folder, `.new-${sha256}`);
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        // No fsync: a file that a power cut leaves damaged is fetched again.
        await writeFile(fresh, bytes, { mode: 0o600 });
        await rename(fresh, path.join(folder, sha256));
      } catch (cause) {
        // What cannot be taken away is overwritten next time.
        await rm(fresh, { force: true }).catch(() => {});
        // Without it a cycle that is interrupted begins from the start: no reason to end the one that is under way.
        if (isFull(cause)) return;
        throw unusableStorage(
          `a folder for downloads at ${folder}`,
          cause instanceof Error ? cause.message : String(cause),
          'Let the user of the service write to the data folder.',
          cause,
        );
      }
    },
    partial: (sha256) => openPartialDownload(folder, path.join(folder, `.part-${sha256}`)),
    clear: () => rm(folder, { recursive: true, force: true }),
  };
}

const isFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
