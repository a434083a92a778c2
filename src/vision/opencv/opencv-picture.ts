/** Decodes photographs, and implements the `Picture` port over OpenCV. */
import { TwinstileError } from '../../base/errors.js';
import type { Box } from '../geometry.js';
import { decodeHeif } from '../heif/decode-heif.js';
import type { Jpeg, Picture } from '../ports/picture.js';
import type { Mat, Rect } from './binding.js';
import { cv } from './cv.js';
import { storedOrientation, turnedUpright } from './exif.js';
import { otherKind, overBudget, photoBudget, readPictureHead, reductionOf } from './picture-file.js';
import { resized, type Sizes, sizesOf, warped } from './warp.js';

/**
 * @param bytes a JPEG, PNG, BMP, WebP or HEIC file. The EXIF orientation is applied; grey and alpha become bgr8.
 * @throws TwinstileError 'picture-unreadable' for anything broken, cut short, of another kind or above PHOTO_BUDGET.
 */
export function decodePicture(bytes: Uint8Array): Picture {
  const head = readPictureHead(bytes);
  if (head === undefined) throw notOfThese(otherKind(bytes) ?? 'something else');
  const { kind, isComplete } = head;
  const over = overBudget(head, photoBudget(head));
  if (over !== undefined)
    throw unreadable(
      over.expected,
      over.got,
      undefined,
      'Make the photograph smaller, and save it as a plain JPEG.',
    );
  if (!isComplete) throw unreadable(`a whole ${kind} picture`, 'one that is cut short');
  const mat = kind === 'HEIC' ? decodeHeic(bytes) : decode(bytes, kind, reductionOf(head));
  if (mat.rows === 0) throw unreadable(`a ${kind} picture`, 'one that is damaged');
  return pictureOf(turnedUpright(mat, storedOrientation(bytes, kind)));
}

/** OpenCV looks for EXIF in the first block of its kind only, which is often XMP's, and in WebP not at all: turning is done here. */
const AS_STORED = cv.IMREAD_IGNORE_ORIENTATION;
const FLAGS = { 1: cv.IMREAD_COLOR | AS_STORED, 2: cv.IMREAD_REDUCED_COLOR_2 | AS_STORED } as const;

function decode(bytes: Uint8Array, kind: string, reduction: 1 | 2): Mat {
  try {
    return cv.imdecode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), FLAGS[reduction]);
  } catch (cause) {
    throw unreadable(`a ${kind} picture`, 'one that is damaged', cause);
  }
}

const notOfThese = (kind: string): TwinstileError =>
  unreadable(
    'a JPEG, PNG, BMP, WebP or HEIC picture',
    kind,
    undefined,
    kind === 'AVIF' ? 'Convert it: heif-convert IN OUT.jpg (Debian: libheif-examples).' : undefined,
  );

function decodeHeic(bytes: Uint8Array): Mat {
  const pixels = decodeHeif(bytes);
  if (pixels === undefined) throw unreadable('a HEIC picture', 'one that is damaged, or of another codec');
  const rgb = new cv.Mat(pixels.rgb, pixels.height, pixels.width, cv.CV_8UC3);
  const bgr = rgb.cvtColor(cv.COLOR_RGB2BGR);
  rgb.release();
  return bgr;
}

function unreadable(
  expected: string,
  got: string,
  cause?: unknown,
  hint = 'Open the file in an image viewer and save it again as JPEG, or take another photograph.',
): TwinstileError {
  return new TwinstileError({
    code: 'picture-unreadable',
    message: `Expected ${expected}, got ${got}.`,
    hint,
    cause,
  });
}

/** Takes the Mat over: it is released with the picture. */
export function pictureOf(mat: Mat): Picture {
  return new MatPicture(asBgr(mat));
}

function asBgr(mat: Mat): Mat {
  if (mat.channels === 3) return mat;
  const bgr = mat.cvtColor(mat.channels === 1 ? cv.COLOR_GRAY2BGR : cv.COLOR_BGRA2BGR);
  mat.release();
  return bgr;
}

class MatPicture implements Picture {
  readonly width: number;
  readonly height: number;
  readonly #mat: Mat;
  readonly #sizes: Sizes;

  constructor(mat: Mat) {
    this.width = mat.cols;
    this.height = mat.rows;
    this.#mat = mat;
    this.#sizes = sizesOf(mat);
  }

  letterbox(width: number, height: number) {
    const scale = Math.min(width / this.width, height / this.height);
    const fittedWidth = Math.min(width, Math.max(1, Math.round(this.width * scale)));
    const fittedHeight = Math.min(height, Math.max(1, Math.round(this.height * scale)));
    const fitted = takePixels(this.#sizes.to(fittedWidth, fittedHeight));
    if (fitted.length === width * height * 3) return { pixels: fitted, scale };
    const pixels = new Uint8Array(width * height * 3);
    if (fittedWidth === width) pixels.set(fitted);
    else
      for (let row = 0; row < fittedHeight; row += 1)
        pixels.set(fitted.subarray(row * fittedWidth * 3, (row + 1) * fittedWidth * 3), row * width * 3);
    return { pixels, scale };
  }

  warp(similarity: Parameters<Picture['warp']>[0], width: number, height: number): Uint8Array {
    const chip = warped(this.#mat, similarity, width, height);
    return chip === undefined ? new Uint8Array(width * height * 3) : takePixels(chip);
  }

  crop(box: Box, width: number, height: number): Uint8Array {
    const left = Math.max(0, Math.round(box.x));
    const top = Math.max(0, Math.round(box.y));
    const right = Math.min(this.width, Math.round(box.x + box.width));
    const bottom = Math.min(this.height, Math.round(box.y + box.height));
    // Asked so that a NaN, too, ends here.
    if (!(right > left && bottom > top)) return new Uint8Array(width * height * 3);
    const region = this.#mat.getRegion(new cv.Rect(left, top, right - left, bottom - top));
    const result = resized(region, width, height);
    region.release();
    return takePixels(result);
  }

  jpeg(side: number, bytes: number, clear?: Box) {
    return jpegOf(this.#mat, { side, bytes, clear });
  }

  release(): void {
    this.#sizes.release();
    this.#mat.release();
  }
}

/** Copies the pixels out and frees the Mat. */
function takePixels(mat: Mat): Uint8Array {
  const data = mat.getData();
  mat.release();
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Tried in this order; below the last one blocks show more than the face does. */
const QUALITIES = [85, 70, 50];
/** A picture that is still too long is made smaller by this. */
const SMALLER = 0.75;
/** Whatever it shows, a picture this small has few bytes. */
const MIN_SIZE = 160;

interface JpegLimits {
  /** Longer side at the most, in pixels. */
  readonly side: number;
  readonly bytes: number;
  readonly clear: Box | undefined;
}

/** Enlarges to neither limit. */
function jpegOf(mat: Mat, { side, bytes, clear }: JpegLimits): Jpeg {
  const longest = Math.max(mat.cols, mat.rows);
  for (let wanted = Math.min(side, longest); ; wanted = Math.floor(wanted * SMALLER)) {
    const width = Math.max(1, Math.round((mat.cols * wanted) / longest));
    const height = Math.max(1, Math.round((mat.rows * wanted) / longest));
    const fitted = resized(mat, width, height);
    if (clear !== undefined) pixelateOutside(fitted, clear);
    for (const quality of QUALITIES) {
      const jpeg = cv.imencode('.jpg', fitted, [cv.IMWRITE_JPEG_QUALITY, quality]);
      if (jpeg.length > bytes && wanted > MIN_SIZE) continue;
      fitted.release();
      return { bytes: jpeg, width, height };
    }
    fitted.release();
  }
}

/** Cells along the longer side of what is made unrecognisable: a face of a third of the picture is 7 of them, its eyes none. */
const CELLS = 20;

/** Replaces everything outside of the box by a few cells of one colour each. */
function pixelateOutside(mat: Mat, clear: Box): void {
  const { cols: width, rows: height } = mat;
  const cell = Math.max(1, Math.ceil(Math.max(width, height) / CELLS));
  const few = resized(mat, Math.ceil(width / cell), Math.ceil(height / cell));
  const cells = few.resize(height, width, 0, 0, cv.INTER_NEAREST);
  few.release();
  const inside = regionOf(clear, width, height);
  if (inside !== undefined) {
    const [from, to] = [mat.getRegion(inside), cells.getRegion(inside)];
    from.copyTo(to);
    from.release();
    to.release();
  }
  cells.copyTo(mat);
  cells.release();
}

/** The box in whole pixels; undefined where nothing of the picture is in it, and for a NaN. */
function regionOf({ x, y, width, height }: Box, columns: number, rows: number): Rect | undefined {
  const left = Math.max(0, Math.round(x * columns));
  const top = Math.max(0, Math.round(y * rows));
  const right = Math.min(columns, Math.round((x + width) * columns));
  const bottom = Math.min(rows, Math.round((y + height) * rows));
  return right > left && bottom > top ? new cv.Rect(left, top, right - left, bottom - top) : undefined;
}
