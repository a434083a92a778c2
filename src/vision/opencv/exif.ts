/** Reads the EXIF orientation (CIPA DC-008, tag 0x0112) of each kind that has one, and turns pictures by it. */
import type { Mat } from './binding.js';
import { cv } from './cv.js';

/** 1 is upright; 2 to 8 are the other ways to hold or to mirror a camera. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const ORIENTATION_TAG = 0x0112;
const LONG = 4;
/** A directory of EXIF has some dozens of entries. */
const MAX_ENTRIES = 512;

/** @param kind as `readPictureHead` names it. @returns 1 where there is none, and for kinds that have none. */
export function storedOrientation(bytes: Uint8Array, kind: string): Orientation {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (kind === 'JPEG') return jpegOrientation(file);
  if (kind === 'PNG') return pngOrientation(file);
  return kind === 'WebP' ? webpOrientation(file) : 1;
}

const EXIF_MARK = 'Exif\0\0';

/** The first segment APP1 that is EXIF and has one: APP1 is XMP's as well, and either may come first. */
function jpegOrientation(file: Buffer): Orientation {
  let at = 2;
  while (at + 4 <= file.length && file[at] === 0xff) {
    const marker = file.readUInt8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    // Behind the start of a scan there are pixels.
    if (marker === 0xda || marker === 0xd9) return 1;
    const length = file.readUInt16BE(at + 2);
    const block = file.subarray(at + 4, at + 2 + length);
    if (marker === 0xe1 && block.toString('latin1', 0, 6) === EXIF_MARK) {
      const found = tiffOrientation(block);
      if (found !== undefined) return found;
    }
    at += 2 + length;
  }
  return 1;
}

/** PNG specification, third edition, 11.3.3.1: the chunk eXIf, before or behind the pixels. */
function pngOrientation(file: Buffer): Orientation {
  let at = 8;
  while (at + 12 <= file.length) {
    const length = file.readUInt32BE(at);
    if (file.toString('latin1', at + 4, at + 8) === 'eXIf')
      return tiffOrientation(file.subarray(at + 8, at + 8 + length)) ?? 1;
    at += 12 + length;
  }
  return 1;
}

/** Of a WebP file (RFC 9649): the chunk EXIF of the extended format. @returns 1 where there is none. */
function webpOrientation(file: Buffer): Orientation {
  let at = 12;
  while (at + 8 <= file.length) {
    const length = file.readUInt32LE(at + 4);
    if (file.toString('latin1', at, at + 4) === 'EXIF')
      return tiffOrientation(file.subarray(at + 8, at + 8 + length)) ?? 1;
    // Chunks are filled up to an even length.
    at += 8 + length + (length % 2);
  }
  return 1;
}

/** @param block a TIFF header and what follows, with or without "Exif" before it. @returns undefined where it has none. */
function tiffOrientation(block: Buffer): Orientation | undefined {
  const tiff = block.toString('latin1', 0, 6) === EXIF_MARK ? block.subarray(6) : block;
  if (tiff.length < 14) return undefined;
  const order = tiff.toString('latin1', 0, 2);
  if (order !== 'II' && order !== 'MM') return undefined;
  const short = (at: number) => (order === 'II' ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const directory = order === 'II' ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  if (directory + 2 > tiff.length) return undefined;
  const entries = Math.min(short(directory), MAX_ENTRIES);
  for (let entry = 0; entry < entries; entry += 1) {
    const at = directory + 2 + entry * 12;
    if (at + 12 > tiff.length) return undefined;
    if (short(at) !== ORIENTATION_TAG) continue;
    // Some programs write it as a long number, whose low half comes last in the order MM.
    const isLong = short(at + 2) === LONG;
    return orientationOf(short(isLong && order === 'MM' ? at + 10 : at + 8));
  }
  return undefined;
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
