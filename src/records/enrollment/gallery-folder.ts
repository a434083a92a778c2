/** Finds the photographs and clips of people in a folder, for replays and evaluations. */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';

const PHOTO = /\.(jpe?g|png|bmp|webp|heic|heif)$/i;
const CLIP = /\.(mkv|mp4|avi|mov|webm|m4v|gif)$/i;

/** Photographs and clips of one person: absolute paths. */
export interface FiledPerson {
  readonly person: string;
  readonly photos: readonly string[];
  readonly clips: readonly string[];
}

/**
 * A folder with one subfolder per person that holds photographs or clips; a file right in the folder is a person of
 * that name. In natural order.
 * @throws TwinstileError 'bad-arguments' when there is nothing of the kind.
 */
export async function readGalleryFolder(folder: string): Promise<readonly FiledPerson[]> {
  const people = new Map<string, { photos: string[]; clips: string[] }>();
  const put = (person: string, file: string): void => {
    const own = people.get(person) ?? { photos: [], clips: [] };
    if (PHOTO.test(file)) own.photos.push(file);
    else if (CLIP.test(file)) own.clips.push(file);
    else return;
    people.set(person, own);
  };
  for (const entry of await entriesOf(folder)) {
    const place = path.resolve(folder, entry.name);
    if (entry.isFile()) put(path.parse(entry.name).name, place);
    if (entry.isDirectory())
      for (const inner of await entriesOf(place))
        if (inner.isFile()) put(entry.name, path.join(place, inner.name));
  }
  if (people.size === 0) throw unfit(folder, 'no photograph and no clip');
  return [...people].map(([person, own]) => ({ person, ...own }));
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  } catch (cause) {
    throw unfit(folder, 'nothing that can be read', cause);
  }
}

const unfit = (folder: string, got: string, cause?: unknown): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected a gallery folder at ${folder}, got ${got}.`,
    hint: 'Put the photographs (JPEG, PNG, BMP, WebP, HEIC) or clips (MKV, MP4, AVI, MOV, WebM) of each person into a subfolder named after the person.',
    cause,
  });
