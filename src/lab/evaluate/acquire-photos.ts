/** Turns photographs into embeddings, for evaluation and calibration: in parallel, and each only once ever. */
import { createHash } from 'node:crypto';
import { availableParallelism, homedir } from 'node:os';
import path from 'node:path';
import type { Comparison } from '../../biometrics/head/comparison.js';
import { digestOf, type ModelCard } from '../../biometrics/model-card.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import type { MetricName, Properties } from '../../biometrics/statistics/metric.js';
import { MAX_PHOTO_FILE, readPlainFileSync } from '../../platform/plain-file.js';
import { photosByPerson } from '../../records/enrollment/photo-folder.js';
import { openComparison } from '../../service/setup/open-comparison.js';
import {
  type Acquired,
  embedPhotos,
  type NotAcquired,
  openPhotoEncoder,
} from '../../service/setup/open-photo-encoder.js';
import { sandboxPolicyAround } from '../../service/setup/sandbox-policy.js';
import { SMALL_PHOTO_SIDE } from '../../vision/pipeline/encode-photo.js';
import type { PhotoEncoder } from '../../vision/ports/vision.js';
import { openEmbeddingCache } from './files/embedding-cache.js';
import { spreadOver } from './site-trials.js';

export interface Acquisition {
  readonly pack: string;
  readonly packFolder: string;
  readonly paths: readonly string[];
  /** Absent: nothing is kept and nothing known is used. */
  readonly cacheFolder?: string | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

/** To be raised when finding, aligning or encoding a face changes what comes out. */
const RECIPE = 2;

/** @returns undefined for a user without a home: a folder that others can make first is no place for data that is trusted later. */
export function defaultCacheFolder(env: NodeJS.ProcessEnv): string | undefined {
  if (env.XDG_CACHE_HOME !== undefined) return path.join(env.XDG_CACHE_HOME, 'twinstile');
  try {
    return path.join(homedir(), '.cache', 'twinstile');
  } catch {
    // Neither HOME nor an entry in the list of users: libuv reports ENOENT.
    return undefined;
  }
}

/** @throws TwinstileError of the pack store and of the photo encoder. */
export async function acquirePhotos(
  { pack, packFolder, paths, cacheFolder, onProgress }: Acquisition,
  signal: AbortSignal,
): Promise<{ readonly card: ModelCard; readonly acquired: ReadonlyMap<string, Acquired> }> {
  const { card } = await openPacks(packFolder).open(pack);
  const cache =
    cacheFolder === undefined
      ? undefined
      : await openEmbeddingCache(cacheFolder, recipeOf(card), card.encoder.dimension);
  const encoder = openedWhenNeeded(async () => {
    const workers = availableParallelism();
    const reach = sandboxPolicyAround(process.env, [packFolder]);
    return (await openPhotoEncoder({ pack, packFolder, workers, reach })).encoder;
  });
  try {
    const acquired = await embedPhotos(
      paths,
      {
        encoder,
        // At once: four trips to the thread pool for each small file take ten times as long, and nothing else waits here.
        read: async (file) => readPlainFileSync(file, { maxBytes: MAX_PHOTO_FILE }),
        cache,
        onProgress: (done) => onProgress?.(done, paths.length),
      },
      signal,
    );
    return { card, acquired };
  } finally {
    await encoder.close();
    cache?.close();
  }
}

/** Photographs that are all known need no process, whose networks take a second to load. */
function openedWhenNeeded(open: () => Promise<PhotoEncoder>): PhotoEncoder {
  let opening: Promise<PhotoEncoder> | undefined;
  return {
    async encode(photo) {
      opening ??= open();
      return (await opening).encode(photo);
    },
    async close() {
      // The caller already received the reason why it could not be opened.
      const opened = await opening?.catch(() => undefined);
      await opened?.close();
    },
  };
}

function recipeOf(card: ModelCard): string {
  const { kind, model } = card.detector;
  const parts = [digestOf(card), model.sha256, SMALL_PHOTO_SIDE[kind], RECIPE];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

export interface AcquiredPhoto {
  readonly person: string;
  /** Below the folder: PERSON/FILE. */
  readonly name: string;
  /** Of the trunk. */
  readonly vector: Float32Array;
}

/** Failures to acquire (FTA): these recognise no person. */
export interface Missing {
  readonly name: string;
  readonly reason: NotAcquired;
}

/** What was compared with: pack, head and, when one was requested, metric. */
export interface ComparedBy {
  readonly pack: string;
  readonly digest: string;
  readonly head: Comparison['head']['kind'];
  /** Present when a metric was requested: its name and its declared properties. */
  readonly metric?: MetricName;
  readonly has?: Properties;
}

/** The photographs of an evaluation: how many there are, and which gave no vector. */
export interface AcquiredOf {
  readonly photos: number;
  readonly notAcquired: Readonly<Record<string, number>>;
  readonly missing: readonly Missing[];
}

/** The photographs of an evaluation: acquired, and where not, why not. */
export interface PeoplePhotos {
  readonly pack: string;
  readonly comparison: Comparison;
  readonly shown: readonly AcquiredPhoto[];
  readonly missing: readonly Missing[];
}

/** Options of every evaluation of photographs. */
export interface AcquisitionOptions extends Omit<Acquisition, 'paths'> {
  /** Head file; absent: the encoder alone. */
  readonly head?: string;
}

/** @throws TwinstileError of the folder, the pack store, the head and the photo encoder. */
export async function peoplePhotos(
  folder: string,
  { head, ...acquisition }: AcquisitionOptions,
  signal: AbortSignal,
): Promise<PeoplePhotos> {
  const filed = await photosByPerson(folder);
  const paths = filed.map((photo) => photo.path);
  const { card, acquired } = await acquirePhotos({ ...acquisition, paths }, signal);
  const comparison = await openComparison(card, head);
  const shown: AcquiredPhoto[] = [];
  const missing: Missing[] = [];
  for (const { person, path: file } of filed) {
    const name = path.posix.join(person, path.basename(file));
    const one: Acquired = acquired.get(file) ?? { missing: 'unreadable' };
    if ('missing' in one) missing.push({ name, reason: one.missing });
    else shown.push({ person, name, vector: one.embedding });
  }
  return { pack: card.name, comparison, shown, missing };
}

/**
 * Acquires one photograph of each of some people, spread over the folder.
 * @returns vectors of the trunk, fewer than `most` where there are not enough people.
 */
export async function acquireOneEach(
  folder: string,
  most: number,
  { head: _, ...acquisition }: AcquisitionOptions,
  signal: AbortSignal,
): Promise<readonly Float32Array[]> {
  const first = new Map<string, string>();
  for (const { person, path: file } of await photosByPerson(folder))
    if (!first.has(person)) first.set(person, file);
  // Some give no vector: a tenth more than that are asked.
  const paths = spreadOver([...first.values()], Math.ceil(most * 1.1));
  const { acquired } = await acquirePhotos({ ...acquisition, paths }, signal);
  const vectors = paths.flatMap((file) => {
    const one = acquired.get(file);
    return one !== undefined && 'embedding' in one ? [one.embedding] : [];
  });
  return vectors.slice(0, most);
}

/** How many of each reason. */
export function reasonsOf(missing: readonly Pick<Missing, 'reason'>[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { reason } of missing) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
