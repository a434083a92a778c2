/** Resizes and warps pictures without aliasing. */

import type { Box, Similarity } from '../geometry.js';
import type { Mat } from './binding.js';
import { cv } from './cv.js';

/**
 * A new Mat of width x height in which chip = similarity(frame), bilinear, 0 outside of the frame.
 *
 * Bilinear sampling looks at four pixels whatever the scale, so where the chip is less than half as big as what it
 * shows, that part of the frame is shrunk first: a face near the camera would otherwise alias.
 * @returns undefined when no part of the frame is in the chip, or the similarity is not finite.
 */
export function warped(frame: Mat, similarity: Similarity, width: number, height: number): Mat | undefined {
  const { a, b, tx, ty } = similarity;
  const scale = Math.hypot(a, b);
  if (!(scale > 0) || !Number.isFinite(scale + tx + ty)) return undefined;
  if (scale >= 0.5)
    return affine(
      frame,
      [
        [a, -b, tx],
        [b, a, ty],
      ],
      width,
      height,
    );

  const factor = 2 ** Math.floor(Math.log2(1 / scale));
  const shown = shownRegion(frame, similarity, width, height);
  if (shown === undefined) return undefined;
  const region = {
    ...shown,
    width: wholeHalves(shown.width, factor),
    height: wholeHalves(shown.height, factor),
  };
  const part = frame.getRegion(new cv.Rect(region.x, region.y, region.width, region.height));
  const columns = Math.max(1, Math.round(region.width / factor));
  const rows = Math.max(1, Math.round(region.height / factor));
  const small = resized(part, columns, rows);
  part.release();

  // Resizing keeps the corners of pixels, warping counts from their centres: frame = small · step + offset.
  const stepX = region.width / columns;
  const stepY = region.height / rows;
  const offsetX = region.x + (stepX - 1) / 2;
  const offsetY = region.y + (stepY - 1) / 2;
  const chip = affine(
    small,
    [
      [a * stepX, -b * stepY, a * offsetX - b * offsetY + tx],
      [b * stepX, a * stepY, b * offsetX + a * offsetY + ty],
    ],
    width,
    height,
  );
  small.release();
  return chip;
}

/**
 * What can be halved without a remainder: OpenCV then means four pixels at a time, several times faster than any other
 * way of shrinking. What is left off is less than a pixel of the chip, and in the margin.
 */
const wholeHalves = (length: number, factor: number): number =>
  length < 2 * factor ? length : length - (length % factor);

type Row = readonly [number, number, number];

function affine(from: Mat, [x, y]: readonly [Row, Row], width: number, height: number): Mat {
  const matrix = new cv.Mat([[...x], [...y]], cv.CV_64F);
  const result = from.warpAffine(matrix, new cv.Size(width, height), cv.INTER_LINEAR, cv.BORDER_CONSTANT);
  matrix.release();
  return result;
}

/** The part of the frame that the chip shows, with a margin for the shrinking, in whole pixels. */
function shownRegion(
  frame: Mat,
  { a, b, tx, ty }: Similarity,
  width: number,
  height: number,
): Box | undefined {
  const square = a * a + b * b;
  const corners = [
    [0, 0],
    [width, 0],
    [0, height],
    [width, height],
  ].map(([x = 0, y = 0]) => ({
    x: (a * (x - tx) + b * (y - ty)) / square,
    y: (a * (y - ty) - b * (x - tx)) / square,
  }));
  const margin = 2 / Math.sqrt(square);
  const xs = corners.map(({ x }) => x);
  const ys = corners.map(({ y }) => y);
  const left = Math.max(0, Math.floor(Math.min(...xs) - margin));
  const top = Math.max(0, Math.floor(Math.min(...ys) - margin));
  const right = Math.min(frame.cols, Math.ceil(Math.max(...xs) + margin));
  const bottom = Math.min(frame.rows, Math.ceil(Math.max(...ys) + margin));
  if (right <= left || bottom <= top) return undefined;
  return { x: left, y: top, width: right - left, height: bottom - top };
}

export interface Sizes {
  /**
   * @returns a new Mat of width x height. While it is more than twice too big it is halved by area means, and only the rest is
   * bilinear: no pixel is left out, so nothing aliases, and on OpenCV's fast path (1080p to 640x360 in 1.4 ms, where
   * one INTER_AREA step takes 3.5).
   */
  to(width: number, height: number): Mat;
  /** Frees what is kept; the picture itself stays the caller's. */
  release(): void;
}

/** Keeps the halves: a photograph of 50 megapixels that is looked at in eight sizes is gone over once, not eight times. */
export function sizesOf(mat: Mat): Sizes {
  const halves: Mat[] = [];
  const half = (level: number, from: Mat): Mat => {
    const kept = halves[level];
    if (kept !== undefined) return kept;
    const { width, height } = halfOf(from);
    const made = from.resize(height, width, 0, 0, cv.INTER_AREA);
    halves[level] = made;
    return made;
  };
  return {
    to(width, height) {
      let from = mat;
      for (let level = 0; isTooBig(halfOf(from), width, height); level += 1) from = half(level, from);
      return from.resize(
        height,
        width,
        0,
        0,
        isMuchBigger(from, width, height) ? cv.INTER_AREA : cv.INTER_LINEAR,
      );
    },
    release() {
      for (const one of halves.splice(0)) one.release();
    },
  };
}

/** As `sizesOf`, for one size. */
export function resized(mat: Mat, width: number, height: number): Mat {
  const sizes = sizesOf(mat);
  try {
    return sizes.to(width, height);
  } finally {
    sizes.release();
  }
}

const halfOf = ({ cols, rows }: Mat) => ({ width: Math.ceil(cols / 2), height: Math.ceil(rows / 2) });

/** Also as half of it. */
const isTooBig = (half: { readonly width: number; readonly height: number }, width: number, height: number) =>
  half.width >= width && half.height >= height && (half.width > width || half.height > height);

/** Along one side only, as when a wide picture is squeezed into a square. */
const isMuchBigger = ({ cols, rows }: Mat, width: number, height: number): boolean =>
  (cols > 2 * width && rows >= height) || (rows > 2 * height && cols >= width);
