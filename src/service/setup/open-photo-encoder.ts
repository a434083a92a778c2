/** Starts vision processes for photographs, with their pack, and computes embeddings of many photographs. */
import { createHash } from 'node:crypto';
import { TwinstileError } from '../../base/errors.js';
import type { Millis } from '../../base/units.js';
import type { ModelCard } from '../../biometrics/model-card.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import {
  type PhotoEncoder,
  type PhotoEncoderOptions,
  type PhotoResult,
  photoEncoderSettings,
} from '../../vision/ports/vision.js';
import { startPhotoEncoder } from '../../vision/process/encoder-clients.js';
import { alsoShowing, type SandboxPolicy } from './sandbox-policy.js';
import { visionStart } from './vision-process.js';

export interface EncoderOptions extends PhotoEncoderOptions {
  /** Parallel processes, 1 or more. */
  readonly workers?: number;
  /** Time limit for one photograph; 30 s when absent. Its process is ended then. */
  readonly answerLimit?: Millis;
  /** Receives the output of the process. */
  readonly onLine?: (line: string) => void;
  /** Sandbox of the processes; absent: they have the rights of this user. */
  readonly reach?: SandboxPolicy;
}

export interface OpenEncoder {
  readonly encoder: PhotoEncoder;
  readonly card: ModelCard;
}

const KEPT_LINES = 12;

/** @throws TwinstileError of the pack store and of the photo encoder. */
export async function openPhotoEncoder(options: EncoderOptions): Promise<OpenEncoder> {
  const { packFolder } = options;
  const { card } = await openPacks(packFolder).open(options.pack);
  const lastWords: string[] = [];
  const onLine = (line: string): void => {
    lastWords.push(line);
    if (lastWords.length > KEPT_LINES) lastWords.shift();
    options.onLine?.(line);
  };
  const start = visionStart({
    dimension: card.encoder.dimension,
    onLine,
    reach: options.reach === undefined ? undefined : alsoShowing(options.reach, packFolder),
  });
  const setup = photoEncoderSettings(options);
  const limits = { answer: options.answerLimit };
  const workers = Array.from({ length: options.workers ?? 1 }, () =>
    startPhotoEncoder({ ...start, setup, limits }),
  );
  try {
    return { encoder: poolOf(await Promise.all(workers)), card };
  } catch (error) {
    // A user at a terminal has no log to read.
    if (!(error instanceof TwinstileError) || error.code !== 'vision-failed') throw error;
    throw new TwinstileError({
      code: error.code,
      message: error.message,
      hint: lastWords.length === 0 ? 'It wrote nothing.' : `It wrote:\n${lastWords.join('\n')}`,
      cause: error,
    });
  }
}

/** Several encoders as one: each photograph goes to the one with the least to do. @param encoders one or more. */
export function poolOf(encoders: readonly PhotoEncoder[]): PhotoEncoder {
  const workers = encoders.map((encoder) => ({ encoder, busy: 0 }));
  return {
    async encode(photo) {
      const worker = workers.reduce((least, each) => (each.busy < least.busy ? each : least));
      worker.busy += 1;
      try {
        return await worker.encoder.encode(photo);
      } finally {
        worker.busy -= 1;
      }
    },
    async close() {
      await Promise.all(encoders.map((encoder) => encoder.close()));
    },
  };
}

/** Why a photograph gave no embedding: counted as a failure to acquire. */
export type NotAcquired = 'unreadable' | 'no-face' | 'not-encoded';

export type Acquired = { readonly embedding: Float32Array } | { readonly missing: NotAcquired };

/** Cache of earlier acquisitions, by the SHA-256 of the photograph's bytes. */
interface EmbeddingCache {
  get(sha256: string): Acquired | undefined;
  put(sha256: string, acquired: Acquired): void;
}

interface EmbedDependencies {
  readonly encoder: PhotoEncoder;
  /** @throws when the photograph cannot be read: it is counted as unreadable. */
  readonly read: (path: string) => Promise<Uint8Array>;
  readonly cache?: EmbeddingCache;
  readonly onProgress?: (done: number) => void;
}

/** Enough to keep the process busy while files are read. */
const IN_FLIGHT = 8;

/**
 * Turns many photographs into embeddings, several in flight, for evaluation and calibration.
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
