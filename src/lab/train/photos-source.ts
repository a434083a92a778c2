/** Photographs of people, ready to learn from: one folder, or one for templates and one for live faces. */
import path from 'node:path';
import type { ModelCard } from '../../biometrics/model-card.js';
import type { SidedPhoto } from '../../biometrics/statistics/training-sets.js';
import { photosByPerson } from '../../records/enrollment/photo-folder.js';
import { type Acquisition, acquirePhotos } from '../evaluate/acquire-photos.js';

export interface TrainingPhotos {
  readonly card: ModelCard;
  readonly photos: readonly SidedPhoto[];
  /** Photographs found, of which `photos` gave an embedding. */
  readonly found: number;
}

/**
 * @param templateImages absent: every photograph is on the live side, and all are compared with all.
 * @throws TwinstileError of the folders, the pack store and the photo encoder.
 */
export async function photosSource(
  images: string,
  templateImages: string | undefined,
  acquisition: Omit<Acquisition, 'paths'>,
  signal: AbortSignal,
): Promise<TrainingPhotos> {
  const live = (await photosByPerson(images)).map((photo) => ({ ...photo, side: 'live' as const }));
  const templates =
    templateImages === undefined
      ? []
      : (await photosByPerson(templateImages)).map((photo) => ({ ...photo, side: 'template' as const }));
  const all = [...templates, ...live];
  const paths = [...new Set(all.map((photo) => photo.path))];
  const { card, acquired } = await acquirePhotos({ ...acquisition, paths }, signal);
  const photos = all.flatMap(({ person, path: file, side }): SidedPhoto[] => {
    const one = acquired.get(file);
    return one === undefined || 'missing' in one
      ? []
      : [{ person, side, embedding: one.embedding, shot: shotOf(file) }];
  });
  return { card, photos, found: all.length };
}

/**
 * Which shot a file shows: its name without folder and ending, up to the first '~'. So `badge/ada/7.jpg` and `badge/ada/7~worse.png`
 * are copies of the shot `live/ada/7.jpg`.
 */
export const shotOf = (file: string): string => path.parse(file).name.split('~')[0] ?? '';
