/**
 * Decodes the faces that face-api's tiny face detector finds.
 *
 * The network (`tiny-face.onnx`): `input` float32 NCHW [N,3,H,W], RGB, 0..255, no mean, no scale (both are folded into
 * its first convolution); H and W any multiples of 32, the picture at the top left, the rest 0. `output` float32
 * NCHW [N,25,H/32,W/32]: five anchors of (x, y, width, height, score) for each cell of 32 pixels.
 *
 * It sees faces that are about 40 to 200 pixels wide in its input, and loses some that are larger, more so when the
 * picture was enlarged. A look at the picture and one at half its size, joined by non-maximum suppression, find both
 * those far away and those that come close.
 */
import type { Box } from '../geometry.js';
import { suppressNonMaxima } from './face.js';

/** One detection: box in pixels of the network's input, score 0..1. */
export interface ScoredBox {
  readonly box: Box;
  readonly score: number;
}

/** Width and height of a cell, in pixels of the network's input. */
const CELL = 32;
/** Widths and heights in cells: face-api 1.7.15, src/tinyFaceDetector/const.ts. */
const ANCHORS = [
  [1.603231, 2.094468],
  [6.041143, 7.080126],
  [2.882459, 3.518061],
  [4.266906, 5.178857],
  [9.041765, 10.66308],
] as const;
const NUMBERS_PER_ANCHOR = 5;
/** face-api's. */
export const MAX_OVERLAP = 0.4;

/**
 * Boxes of the first picture of the batch, best first; they may reach beyond the input.
 *
 * A score is the square root of the network's output, because YuNet's scores are square roots as well: one configured
 * minimum then means about the same to both. On 835 photographs of LFW at 320 pixels, 0.6 finds 97 % of the
 * faces, where the bare number finds 92 %.
 *
 * @param output shape [N,25,rows,columns].
 * @param minScore lowest score that still counts, inclusive.
 * @param maxOverlap of two boxes that overlap more (intersection over union), the weaker is dropped.
 * @throws RangeError when the output is not of that shape.
 */
export function decodeTinyFace(
  { data, shape }: { readonly data: Float32Array; readonly shape: readonly number[] },
  { minScore, maxOverlap = MAX_OVERLAP }: { readonly minScore: number; readonly maxOverlap?: number },
): readonly ScoredBox[] {
  const [, channels, rows = 0, columns = 0] = shape;
  const cells = rows * columns;
  if (channels !== ANCHORS.length * NUMBERS_PER_ANCHOR || data.length < channels * cells)
    throw new RangeError(`Expected the detector's output [N,25,rows,columns], got [${shape.join(',')}].`);

  const found: ScoredBox[] = [];
  for (const [anchor, [anchorWidth, anchorHeight]] of ANCHORS.entries())
    for (let cell = 0; cell < cells; cell += 1) {
      const value = (which: number): number =>
        data[(anchor * NUMBERS_PER_ANCHOR + which) * cells + cell] ?? Number.NaN;
      const score = Math.sqrt(sigmoid(value(4)));
      if (!(score >= minScore)) continue;
      const width = Math.exp(value(2)) * anchorWidth * CELL;
      const height = Math.exp(value(3)) * anchorHeight * CELL;
      const x = ((cell % columns) + sigmoid(value(0))) * CELL - width / 2;
      const y = (Math.floor(cell / columns) + sigmoid(value(1))) * CELL - height / 2;
      // A broken number in one of the four is no face.
      if (Number.isFinite(x + y + width + height)) found.push({ box: { x, y, width, height }, score });
    }
  return suppressNonMaxima(found, maxOverlap);
}

const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));
