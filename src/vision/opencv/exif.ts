/**
 * Reads the EXIF orientation (CIPA DC-008, tag 0x0112), for the kinds whose decoder does not ask.
 *
 * OpenCV 4.6 turns JPEG and PNG by it, and leaves WebP as it is stored.
 */
import type { Mat } from 'opencv4nodejs';
import { cv } from './cv.js';

/** 1 is upright; 2 to 8 are the other ways to hold or to mirror a camera. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const ORIENTATION_TAG = 0x0112;
/** A directory of EXIF has some dozens of entries. */
const MAX_ENTRIES = 512;

/** Of a WebP file (RFC 9649): the chunk EXIF of the extended format. @returns 1 where there is none. */
export function webpOrientation(bytes: Uint8Array): Orientation {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 12;
  while (at + 8 <= file.length) {
    const length = file.readUInt32LE(at + 4);
    if (file.toString('latin1', at, at + 4) === 'EXIF')
      return tiffOrientation(file.subarray(at + 8, at + 8 + length));
    // Chunks are filled up to an even length.
    at += 8 + length + (length % 2);
  }
  return 1;
}

/** @param block a TIFF header and what follows, with or without "Exif" before it. */
function tiffOrientation(block: Buffer): Orientation {
  const tiff = block.toString('latin1', 0, 6) === 'Exif\0\0' ? block.subarray(6) : block;
  if (tiff.length < 14) return 1;
  const order = tiff.toString('latin1', 0, 2);
  if (order !== 'II' && order !== 'MM') return 1;
  const short = (at: number) => (order === 'II' ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const directory = order === 'II' ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  if (directory + 2 > tiff.length) return 1;
  const entries = Math.min(short(directory), MAX_ENTRIES);
  for (let entry = 0; entry < entries; entry += 1) {
    const at = directory + 2 + entry * 12;
    if (at + 12 > tiff.length) return 1;
    if (short(at) === ORIENTATION_TAG) return orientationOf(short(at + 8));
  }
  return 1;
}

const orientationOf = (value: number): Orientation => (value >= 1 && value <= 8 ? (value as Orientation) : 1);

/** Turns a picture upright. Takes the Mat over. */
export function turnedUpright(mat: Mat, orientation: Orientation): Mat {
  const steps: readonly ((from: Mat) => Mat)[] = STEPS[orientation];
  let turned = mat;
  for (const step of steps) {
    const next = step(turned);
    turned.release();
    turned = next;
  }
  return turned;
}

const mirror = (mat: Mat): Mat => mat.flip(1);
const right = (mat: Mat): Mat => mat.rotate(cv.ROTATE_90_CLOCKWISE);
const left = (mat: Mat): Mat => mat.rotate(cv.ROTATE_90_COUNTERCLOCKWISE);
const over = (mat: Mat): Mat => mat.rotate(cv.ROTATE_180);

const STEPS: Readonly<Record<Orientation, readonly ((from: Mat) => Mat)[]>> = {
  1: [],
  2: [mirror],
  3: [over],
  4: [mirror, over],
  5: [mirror, left],
  6: [right],
  7: [mirror, right],
  8: [left],
};
