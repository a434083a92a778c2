import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';

const PHOTO = /\.(jpe?g|png|bmp|webp)$/i;

export interface FiledPhoto {
  /** Name of the subfolder. */
  readonly person: string;
  /** Absolute. */
  readonly path: string;
}

/**
 * Photographs in a folder with one subfolder for each person, in natural order.
 * @throws TwinstileError 'bad-arguments' when there is no such folder or no photograph in it.
 */
export async function photosByPerson(folder: string): Promise<readonly FiledPhoto[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw unfit(folder, 'nothing that can be read', cause);
  });
  const people = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const photos = await Promise.all(
    people.sort(naturally).map(async (person) => {
      const names = await readdir(path.join(folder, person));
      return names
        .filter((name) => PHOTO.test(name))
        .sort(naturally)
        .map((name) => ({ person, path: path.resolve(folder, person, name) }));
    }),
  );
  if (photos.every((each) => each.length === 0)) throw unfit(folder, 'no photograph in any subfolder');
  return photos.flat();
}

const naturally = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

const unfit = (folder: string, got: string, cause?: unknown): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected a folder with one subfolder of photographs (JPEG, PNG, BMP, WebP) per person at ${folder}, got ${got}.`,
    hint: 'Put the photographs of each person into a subfolder named after the person.',
    cause,
  });
