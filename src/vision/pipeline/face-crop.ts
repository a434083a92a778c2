/** Crops the face of a photograph, upright, small and with a margin: what a later encoder can be given. */
import { byProminence } from '../detection/face.js';
import { similarityBetween } from '../geometry.js';
import type { Jpeg, Picture } from '../ports/picture.js';
import { QUALITY_CHIP } from './assess-quality.js';
import { findFacesAtSizes, type PhotoEncoding } from './encode-photo.js';

/**
 * ArcFace's chip of 112 pixels has the face to its edges. With half as much around it any pack's detector finds the face
 * again, and encoders that look at more of the head have it.
 */
const CHIP = 112;
const MARGIN = CHIP / 2;
const CROP_SIDE = CHIP + 2 * MARGIN;
/** At the best quality 15 KB. */
const MAX_BYTES = 60_000;

const PLACES = QUALITY_CHIP.points.map(({ x, y }) => ({
  x: (x * CHIP) / QUALITY_CHIP.side + MARGIN,
  y: (y * CHIP) / QUALITY_CHIP.side + MARGIN,
}));

/**
 * @returns undefined when there is no face.
 * @throws TwinstileError 'picture-unreadable' | 'model-failed'.
 */
export async function cropFace(
  photo: Uint8Array,
  { models, settings, decode }: PhotoEncoding,
): Promise<Jpeg | undefined> {
  const picture = decode(photo);
  try {
    const [face] = byProminence(await findFacesAtSizes(picture, models, settings), picture);
    if (face === undefined) return undefined;
    const pixels = picture.warp(similarityBetween(face.points, PLACES), CROP_SIDE, CROP_SIDE);
    return asJpeg(decode(bitmapOf(pixels, CROP_SIDE)));
  } finally {
    picture.release();
  }
}

function asJpeg(crop: Picture): Jpeg {
  try {
    return crop.jpeg(CROP_SIDE, MAX_BYTES);
  } finally {
    crop.release();
  }
}

const HEAD = 54;

/** A BMP file: the one kind of picture that needs no coder. @param pixels bgr8 HWC of side x side; side a multiple of 4. */
function bitmapOf(pixels: Uint8Array, side: number): Uint8Array {
  const file = Buffer.alloc(HEAD + pixels.length);
  file.write('BM', 0, 'latin1');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(HEAD, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(side, 18);
  // Negative: from the top down.
  file.writeInt32LE(-side, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  file.writeUInt32LE(pixels.length, 34);
  file.set(pixels, HEAD);
  return file;
}
