/** Whom to learn from: photographs in folders, the site's gallery, or the gallery's templates against photographs. */
import { TwinstileError } from '../../base/errors.js';
import type { Acquisition } from '../evaluate/acquire-photos.js';
import { gallerySource, packOfSite } from './gallery-source.js';
import { photosSource, type TrainingPhotos } from './photos-source.js';

export interface SourceOptions {
  readonly images?: string;
  readonly templateImages?: string;
  /** Of the site whose gallery is learned from. */
  readonly configFile?: string;
  readonly halfTwin: boolean;
  readonly pack?: string;
}

/** What is compared with what. @throws TwinstileError 'bad-arguments' when the options name no source, or two. */
export function assertOneSource({ images, templateImages, configFile, halfTwin }: SourceOptions): void {
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
  options: SourceOptions,
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
