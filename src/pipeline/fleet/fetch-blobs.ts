/** Fetches what is named by its hash, several at once, and keeps what is finished for a cycle that is interrupted. */
import { createHash } from 'node:crypto';
import type { BlobShelf, FleetSource } from '../../ports/fleet.js';
import { type Blob, blobPath } from '../../sync/manifest.js';
import { refused } from '../../sync/refusal.js';

interface Parts {
  readonly source: FleetSource;
  readonly kept: BlobShelf;
}

/** As many as the connections of one source. */
const AT_ONCE = 6;

export async function fetchBlob(
  { source, kept }: Parts,
  [sha256, size]: Blob,
  signal?: AbortSignal,
): Promise<Buffer> {
  const here = await kept.get(sha256);
  if (here !== undefined) return here;
  const bytes = await source.fetch(blobPath(sha256), size, signal);
  if (bytes === undefined)
    throw refused(
      `the part ${sha256.slice(0, 12)}… of the gallery`,
      'nothing',
      'Publish again from the registrar.',
    );
  if (bytes.length !== size || createHash('sha256').update(bytes).digest('hex') !== sha256)
    throw refused(`the part ${sha256.slice(0, 12)}… of the gallery as signed`, `${bytes.length} other bytes`);
  await kept.put(sha256, bytes);
  return bytes;
}

/** Each is handed on as it comes, in any order; after a failure no new one begins. */
export async function fetchBlobs<T>(
  parts: Parts,
  wanted: readonly (readonly [key: T, blob: Blob])[],
  take: (key: T, bytes: Buffer) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const left = [...wanted].reverse();
  let isBroken = false;
  const work = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined && !isBroken; next = left.pop())
      try {
        await take(next[0], await fetchBlob(parts, next[1], signal));
      } catch (error) {
        isBroken = true;
        throw error;
      }
  };
  const done = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
  for (const one of done) if (one.status === 'rejected') throw one.reason;
}
