/** Draws a film out of photographs: what a camera would see that moves over them. */

import { TwinstileError } from '../../base/errors.js';
import type { Box, Size } from '../geometry.js';
import type { Mat } from './binding.js';
import { cv } from './cv.js';

/** One picture of the film. */
export interface View {
  /** Path of the photograph. */
  readonly photo: string;
  /** The part of it that fills the picture, in its pixels; may reach over its edges. Same aspect as the picture. */
  readonly window: Box;
  /** Light: value · gain + offset on 0..255. */
  readonly gain: number;
  readonly offset: number;
  /** Standard deviation of the blur, in pixels of the film; 0 is sharp. */
  readonly blur: number;
}

export interface VideoOptions {
  /** An .avi file; overwritten. */
  readonly file: string;
  readonly size: Size;
  readonly fps: number;
  readonly views: readonly View[];
}

/** A still cut out of a photograph and written as JPEG. */
export interface StillOptions extends Omit<View, 'blur'> {
  readonly file: string;
  readonly size: Size;
}

/** @throws TwinstileError 'picture-unreadable' | 'internal' when the film cannot be written. */
export function drawFilm({ file, size, fps, views }: VideoOptions): void {
  const photos = new Map<string, Mat>();
  const cvSize = new cv.Size(size.width, size.height);
  const writer = new cv.VideoWriter(file, cv.VideoWriter.fourcc('MJPG'), fps, cvSize, true);
  try {
    for (const view of views) {
      const photo = photos.get(view.photo) ?? readPhoto(view.photo);
      photos.set(view.photo, photo);
      const picture = look(photo, view, size);
      const blurred = view.blur > 0 ? picture.gaussianBlur(new cv.Size(0, 0), view.blur) : picture;
      writer.write(blurred);
      if (blurred !== picture) blurred.release();
      picture.release();
    }
  } catch (cause) {
    if (cause instanceof TwinstileError) throw cause;
    throw new TwinstileError({
      code: 'internal',
      message: `A film could not be written to ${file}.`,
      hint: 'Check that there is space on the disk.',
      cause,
    });
  } finally {
    writer.release();
    for (const photo of photos.values()) photo.release();
  }
}

/** @throws TwinstileError 'picture-unreadable'. */
export function drawStill({ file, size, ...view }: StillOptions): void {
  const photo = readPhoto(view.photo);
  const still = look(photo, view, size);
  cv.imwrite(file, still, [cv.IMWRITE_JPEG_QUALITY, 92]);
  still.release();
  photo.release();
}

function readPhoto(path: string): Mat {
  const photo = cv.imread(path);
  if (!photo.empty) return photo;
  throw new TwinstileError({
    code: 'picture-unreadable',
    message: `Expected a photograph at ${path}, got nothing that can be read.`,
    hint: 'Run npm ci: it belongs to the installed packages.',
  });
}

function look(photo: Mat, { window, gain, offset }: Omit<View, 'blur'>, { width, height }: Size): Mat {
  const scale = width / window.width;
  const move = new cv.Mat(
    [
      [scale, 0, -window.x * scale],
      [0, scale, -window.y * scale],
    ],
    cv.CV_64F,
  );
  const seen = photo.warpAffine(move, new cv.Size(width, height), cv.INTER_LINEAR, cv.BORDER_REPLICATE);
  const lit = seen.convertTo(cv.CV_8UC3, gain, offset);
  move.release();
  seen.release();
  return lit;
}
