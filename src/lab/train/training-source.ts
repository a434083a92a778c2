/** Whom to learn from: photographs in folders, the site's gallery, or the gallery's templates against photographs. */

import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import type { ModelCard } from '../../biometrics/model-card.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import type { SidedPhoto } from '../../biometrics/statistics/training-sets.js';
import { photosByPerson } from '../../records/enrollment/photo-folder.js';
import { loadConfig } from '../../service/config/load-config.js';
import { siteTemplates } from '../calibrate/site-people.js';
import { type Acquisition, acquirePhotos } from '../evaluate/acquire-photos.js';

export interface TrainingSourceOptions {
  readonly images?: string;
  readonly templateImages?: string;
  /** Of the site whose gallery is learned from. */
  readonly configFile?: string;
  readonly halfTwin: boolean;
  readonly pack?: string;
}

/** What is compared with what. @throws TwinstileError 'bad-arguments' when the options name no source, or two. */
export function assertOneSource({
  images,
  templateImages,
  configFile,
  halfTwin,
}: TrainingSourceOptions): void {
  const templates = [templateImages, configFile].filter((each) => each !== undefined).length;
  if (halfTwin && (images === undefined || templates !== 1))
    throw unfit(
      '--half-twin with --images for live faces and one of --template-images and --config for templates',
      `${images === undefined ? 'no' : 'the'} live faces and ${templates} of the other`,
      'A half-twin compares templates of one kind with live faces of another: name both.',
    );
  if (!halfTwin && templateImages !== undefined)
    throw unfit(
      '--half-twin and --template-images together',
      'one of them',
      'A half-twin compares templates of one kind with live faces of another: name both folders.',
    );
  if (!halfTwin && (images === undefined) === (configFile === undefined))
    throw unfit(
      'one of --images and --config',
      images === undefined ? 'neither' : 'both',
      'Name a folder of photographs, or the configuration whose gallery is to be learned from.',
    );
}

/** @throws TwinstileError of the folders, the pack store, the photo encoder, the configuration and the gallery. */
export async function trainingSource(
  options: TrainingSourceOptions,
  acquisition: Omit<Acquisition, 'paths' | 'pack'>,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<TrainingPhotos> {
  const { images, templateImages, configFile } = options;
  const { packFolder } = acquisition;
  const pack = options.pack ?? (configFile === undefined ? 'builtin' : await packOfSite(configFile));
  const site =
    configFile === undefined
      ? undefined
      : await gallerySource({ configFile, pack, packFolder }, options.halfTwin ? 'template' : 'live', env);
  if (images === undefined) {
    if (site === undefined) throw new Error('assertOneSource was not asked');
    return site;
  }
  const filed = await photosSource(images, templateImages, { ...acquisition, pack }, signal);
  if (site === undefined) return filed;
  return {
    card: filed.card,
    photos: [...site.photos, ...filed.photos],
    found: site.found + filed.found,
  };
}

const unfit = (expected: string, got: string, hint: string): TwinstileError =>
  new TwinstileError({ code: 'bad-arguments', message: `Expected ${expected}, got ${got}.`, hint });

/** The site's own enrolled people, ready to learn from: no photograph is needed, because trunk vectors are what is stored. */
interface GallerySourceOptions {
  readonly configFile: string;
  readonly pack: string;
  readonly packFolder: string;
}

/** The pack that a site's gallery is compared by. @throws TwinstileError of the configuration. */
const packOfSite = async (configFile: string): Promise<string> => (await loadConfig(configFile)).models.pack;

/**
 * People who gave consent, with the templates that this pack's encoder made; those of one template are impostors to the others.
 * @param side of the templates: 'live' when they are compared with each other.
 * @throws TwinstileError of the configuration, the pack store and the gallery, and 'bad-arguments' when there is no such template.
 */
async function gallerySource(
  { configFile, pack, packFolder }: GallerySourceOptions,
  side: SidedPhoto['side'],
  env: NodeJS.ProcessEnv,
): Promise<TrainingPhotos> {
  const { card } = await openPacks(packFolder).open(pack);
  const templates = await siteTemplates(configFile, card, env);
  if (templates.length === 0)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected people enrolled with the pack ${pack} in the gallery of ${configFile}, got none.`,
      hint: 'Name the pack they were enrolled with (--pack NAME), or enroll people first: twinstile enroll.',
    });
  const photos = templates.map(
    ({ person, vector }): SidedPhoto => ({ person: `${person}`, side, embedding: vector }),
  );
  return { card, photos, found: photos.length };
}

/** Photographs of people, ready to learn from: one folder, or one for templates and one for live faces. */
interface TrainingPhotos {
  readonly card: ModelCard;
  readonly photos: readonly SidedPhoto[];
  /** Photographs found, of which `photos` gave an embedding. */
  readonly found: number;
}

/**
 * @param templateImages absent: every photograph is on the live side, and all are compared with all.
 * @throws TwinstileError of the folders, the pack store and the photo encoder.
 */
async function photosSource(
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
