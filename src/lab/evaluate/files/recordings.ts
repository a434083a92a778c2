import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { TwinstileError } from '../../../base/errors.js';

const CLIP = /\.(mp4|mkv|mov|avi|webm|m4v|mpg|mpeg|ts|gif)$/i;
const PICTURE = /\.(jpe?g|png|bmp|webp)$/i;

/**
 * The recordings at a path: itself when it is a file; of a folder every clip in it, and every folder of pictures, at any depth.
 * @returns absolute paths in natural order.
 * @throws TwinstileError 'bad-arguments' when there is none.
 */
export async function recordingsAt(place: string): Promise<readonly string[]> {
  const root = path.resolve(place);
  const found = await stat(root).catch((cause: unknown) => {
    throw unfit(place, 'nothing that can be read', cause);
  });
  if (found.isFile()) return [root];
  const recordings = await within(root);
  if (recordings.length === 0) throw unfit(place, 'neither clips nor pictures');
  return recordings;
}

async function within(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const sorted = entries.toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  const files = sorted.filter((entry) => entry.isFile()).map(({ name }) => name);
  const deeper: string[] = [];
  for (const entry of sorted)
    if (entry.isDirectory()) deeper.push(...(await within(path.join(folder, entry.name))));
  return [
    ...files.filter((name) => CLIP.test(name)).map((name) => path.join(folder, name)),
    ...(files.some((name) => PICTURE.test(name)) ? [folder] : []),
    ...deeper,
  ];
}

const unfit = (place: string, got: string, cause?: unknown): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected a clip, or a folder of clips or pictures, at ${place}, got ${got}.`,
    hint: 'Check the path.',
    cause,
  });
