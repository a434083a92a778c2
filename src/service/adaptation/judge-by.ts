/** Selects the pictures by which heads are evaluated: those of a folder, or the enrolled templates. */

import { TwinstileError } from '../../base/errors.js';
import type { SidedPhoto } from '../../biometrics/statistics/training-sets.js';
import { MAX_PHOTO_FILE, readPlainFile } from '../../platform/plain-file.js';
import { readGalleryFolder } from '../../records/enrollment/gallery-folder.js';
import type { Config } from '../config/config-schema.js';
import { watchClip } from '../setup/clip-tracks.js';
import { embedPhotos, openPhotoEncoder } from '../setup/open-photo-encoder.js';
import { sandboxPolicyOf } from '../setup/sandbox-policy.js';
import { visionSettingsOf } from '../setup/vision-process.js';
import type { AdaptVerbDependencies } from './adapt-world.js';

export interface Judges {
  readonly photos: readonly SidedPhoto[];
  /** Description in words. */
  readonly source: string;
}

/** Limit of pictures: pairs grow with the square, and with more of them one evaluation would take minutes. */
const MAX_PHOTOS = 2000;

/** Takes people with several pictures first, because an evaluation needs mated pairs. */
export async function enrolledJudges({ people, configured }: AdaptVerbDependencies): Promise<Judges> {
  const { digest, dimension } = configured.trunk;
  const { owners, matrix } = await people.snapshot(digest, dimension);
  const photos = owners.map(
    (person, row): SidedPhoto => ({
      person,
      embedding: matrix.slice(row * dimension, (row + 1) * dimension),
      side: 'live',
    }),
  );
  return judgesOf(bounded(photos), 'enrolled photographs');
}

interface FolderOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly onRefused: (file: string, reason: string) => void;
}

interface FolderPlace {
  readonly folder: string;
  /** Its vision process reads clips: of each, the mean of the person seen most is one picture. */
  readonly lane: Config['lanes'][number];
}

/** @throws TwinstileError 'bad-arguments' for a folder without people. */
export async function folderJudges(
  { folder, lane }: FolderPlace,
  { config, models, configured }: AdaptVerbDependencies,
  { env, onRefused }: FolderOptions,
  signal: AbortSignal,
): Promise<Judges> {
  const filed = await readGalleryFolder(folder);
  const { pack, packFolder } = models;
  const { provider, threads } = config.models;
  const reach = sandboxPolicyOf(config, packFolder, undefined, env.CREDENTIALS_DIRECTORY);
  const { encoder } = await openPhotoEncoder({ pack, packFolder, provider, threads, reach });
  const photos: SidedPhoto[] = [];
  try {
    const files = filed.flatMap(({ photos: own }) => own);
    const acquired = await embedPhotos(
      files,
      { encoder, read: (file) => readPlainFile(file, { maxBytes: MAX_PHOTO_FILE }) },
      signal,
    );
    for (const { person, photos: own } of filed)
      for (const file of own) {
        const one = acquired.get(file);
        if (one !== undefined && 'embedding' in one)
          photos.push({ person, embedding: one.embedding, side: 'live' });
        else onRefused(file, one?.missing ?? 'unreadable');
      }
  } finally {
    await encoder.close();
  }
  const settings = visionSettingsOf(lane, { pack, packFolder, provider, threads });
  for (const { person, clips } of filed)
    for (const clip of clips) {
      const { tracks } = await watchClip(clip, settings, configured.trunk.dimension, signal);
      const embeddings = tracks.flat();
      if (embeddings.length === 0) onRefused(clip, 'no-face');
      else photos.push({ person, embedding: meanOf(embeddings), side: 'live' });
    }
  if (photos.length === 0)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected faces in ${folder}, got none.`,
      hint: 'Name a folder with one subfolder of photographs or clips per person.',
    });
  return judgesOf(bounded(photos), `pictures in ${folder}`);
}

const judgesOf = (photos: readonly SidedPhoto[], what: string): Judges => ({
  photos,
  source: `${photos.length} ${what} of ${new Set(photos.map(({ person }) => person)).size} people`,
});

function bounded(photos: readonly SidedPhoto[]): readonly SidedPhoto[] {
  const counts = new Map<string, number>();
  for (const { person } of photos) counts.set(person, (counts.get(person) ?? 0) + 1);
  const isOnly = ({ person }: SidedPhoto): boolean => counts.get(person) === 1;
  return [...photos.filter((photo) => !isOnly(photo)), ...photos.filter(isOnly)].slice(0, MAX_PHOTOS);
}

function meanOf(embeddings: readonly Float32Array[]): Float32Array {
  const sum = new Float64Array(embeddings[0]?.length ?? 0);
  for (const embedding of embeddings)
    embedding.forEach((value, i) => {
      sum[i] = (sum[i] ?? 0) + value;
    });
  return Float32Array.from(sum, (value) => value / embeddings.length);
}
