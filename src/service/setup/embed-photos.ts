/** Turns many photographs into embeddings, several in flight, for evaluation and calibration. */
import { createHash } from 'node:crypto';
import type { PhotoEncoder, PhotoResult } from '../../vision/ports/vision.js';

/** Why a photograph gave no embedding: counted as a failure to acquire. */
export type NotAcquired = 'unreadable' | 'no-face' | 'not-encoded';

export type Acquired = { readonly embedding: Float32Array } | { readonly missing: NotAcquired };

/** Cache of earlier acquisitions, by the SHA-256 of the photograph's bytes. */
interface EmbeddingCache {
  get(sha256: string): Acquired | undefined;
  put(sha256: string, acquired: Acquired): void;
}

export interface EmbedDependencies {
  readonly encoder: PhotoEncoder;
  /** @throws when the photograph cannot be read: it is counted as unreadable. */
  readonly read: (path: string) => Promise<Uint8Array>;
  readonly cache?: EmbeddingCache;
  readonly onProgress?: (done: number) => void;
}

/** Enough to keep the process busy while files are read. */
const IN_FLIGHT = 8;

/**
 * @param paths without duplicates.
 * @returns embeddings by path; of several faces the most prominent is used.
 * @throws the encoder's error when no process can be started any more; the signal's reason when it aborts.
 */
export async function embedPhotos(
  paths: readonly string[],
  { encoder, read, cache, onProgress }: EmbedDependencies,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Acquired>> {
  const results = new Map<string, Acquired>();
  const waiting = [...paths].reverse();
  const one = async (path: string): Promise<Acquired> => {
    let bytes: Uint8Array;
    try {
      bytes = await read(path);
    } catch (error) {
      // One unreadable photograph is recorded as an outcome and does not end the run.
      if (signal.aborted) throw error;
      return { missing: 'unreadable' };
    }
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const known = cache?.get(sha256);
    if (known !== undefined) return known;
    const acquired = acquire(await encoder.encode(bytes));
    cache?.put(sha256, acquired);
    return acquired;
  };
  const work = async (): Promise<void> => {
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      signal.throwIfAborted();
      results.set(path, await one(path));
      onProgress?.(results.size);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  return results;
}

function acquire(result: PhotoResult): Acquired {
  if (result.kind === 'unreadable') return { missing: 'unreadable' };
  const [main] = result.faces;
  if (main === undefined) return { missing: 'no-face' };
  return main.embedding === undefined ? { missing: 'not-encoded' } : { embedding: main.embedding };
}
