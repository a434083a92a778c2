import type { Mat } from 'opencv4nodejs';
import type { Box, Similarity } from '../geometry.js';
import { cv } from './cv.js';
import { resized } from './resize.js';

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
