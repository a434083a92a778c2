/** Fetches what is named by its hash, several at once, and keeps what is finished for a cycle that is interrupted. */
import { createHash } from 'node:crypto';
import type { BlobStore, FleetSource, PartialDownload } from '../fleet-ports.js';
import { type Blob, blobPath } from '../segments/manifest.js';
import { refused } from '../tuf/refusal.js';

interface FetchBlobsDependencies {
  readonly source: FleetSource;
  readonly kept: BlobStore;
}

/** As many as the connections of one source. */
const AT_ONCE = 6;

export async function fetchBlob(
  { source, kept }: FetchBlobsDependencies,
  [sha256, size]: Blob,
  signal?: AbortSignal,
): Promise<Buffer> {
  const cached = await kept.get(sha256);
  if (cached !== undefined) return cached;
  const partial = await kept.partial?.(sha256);
  const isIntact = (bytes: Buffer): boolean =>
    bytes.length === size && createHash('sha256').update(bytes).digest('hex') === sha256;
  const fetch = async (part?: PartialDownload): Promise<Buffer> => {
    const bytes = await source.fetch(blobPath(sha256), size, signal, part);
    if (bytes !== undefined) return bytes;
    throw refused(
      `the part ${sha256.slice(0, 12)}… of the gallery`,
      'nothing',
      'Publish again from the registrar.',
    );
  };
  let bytes = await fetch(partial);
  // The beginning was on a disk, unverified: it may be what is wrong.
  if (!isIntact(bytes) && partial !== undefined && partial.bytes.length > 0) bytes = await fetch();
  if (!isIntact(bytes))
    throw refused(`the part ${sha256.slice(0, 12)}… of the gallery as signed`, `${bytes.length} other bytes`);
  partial?.restart();
  await partial?.end();
  await kept.put(sha256, bytes);
  return bytes;
}

/** Each is handed on as it comes, in any order; after a failure no new one begins. */
export async function fetchBlobs<T>(
  dependencies: FetchBlobsDependencies,
  wanted: readonly (readonly [key: T, blob: Blob])[],
  take: (key: T, bytes: Buffer) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const left = [...wanted].reverse();
  let isBroken = false;
  const work = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined && !isBroken; next = left.pop())
      try {
        await take(next[0], await fetchBlob(dependencies, next[1], signal));
      } catch (error) {
        isBroken = true;
        throw error;
      }
  };
  const done = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
  for (const one of done) if (one.status === 'rejected') throw one.reason;
}
