/** A download that is under way, so that a line that breaks in the middle of a large file does not cost its beginning. */
import { appendFile, mkdir, rm } from 'node:fs/promises';
import { readIfPresent } from '../../platform/atomic-file.js';
import type { PartialDownload } from '../fleet-ports.js';

/** A power cut costs so much; a segment of a gallery is smaller, and is kept when its line breaks. */
const PIECE = 256 * 1024;

/** @param file in `folder`, which is made when there is something to keep. */
export async function openPartialDownload(folder: string, file: string): Promise<PartialDownload> {
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
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await appendFile(file, piece, { mode: 0o600 });
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
