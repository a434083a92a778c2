/** Downloads in a folder, finished or under way: what is there was checked once, and is checked again when it is taken. */

import { createHash } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { readIfPresent } from '../../platform/atomic-file.js';
import { makeFolder } from '../../platform/folders.js';
import { writePlainFile } from '../../platform/plain-file.js';
import { unusableStorage } from '../../records/sql-port.js';
import type { BlobStore, PartialDownload } from '../fleet-ports.js';

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
        await makeFolder(folder);
        // No fsync: a file that a power cut leaves damaged is fetched again.
        await writePlainFile(fresh, bytes, { mode: 0o600, how: 'replace' });
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

/** A power cut costs so much; a segment of a gallery is smaller, and is kept when its line breaks. */
const PIECE = 256 * 1024;

/**
 * A download that is under way, so that a line that breaks in the middle of a large file does not cost its beginning.
 * @param file in `folder`, which is made when there is something to keep.
 */
async function openPartialDownload(folder: string, file: string): Promise<PartialDownload> {
  const bytes = (await readIfPresent(file)) ?? Buffer.alloc(0);
  let waiting: Buffer[] = [];
  let length = 0;
  let isThere = bytes.length > 0;
  let last: Promise<void> = Promise.resolve();
  // A disk that takes nothing more must not end a download that does without it.
  const enqueue = (work: () => Promise<unknown>): void => {
    last = last.then(work).then(
      () => {},
      () => {},
    );
  };
  const append = (): void => {
    if (length === 0) return;
    const piece = Buffer.concat(waiting);
    waiting = [];
    length = 0;
    isThere = true;
    enqueue(async () => {
      await makeFolder(folder);
      await writePlainFile(file, piece, { mode: 0o600, how: 'append' });
    });
  };
  return {
    bytes,
    add(piece) {
      waiting.push(piece);
      length += piece.length;
      if (length >= PIECE) append();
    },
    restart() {
      waiting = [];
      length = 0;
      if (isThere) enqueue(() => rm(file, { force: true }));
      isThere = false;
    },
    end() {
      append();
      return last;
    },
  };
}
