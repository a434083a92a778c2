/** Measures what an aligned face chip shows of focus, light and coverings. */
import { type Covering, coveringsOf } from './covering.js';

/**
 * What an aligned face chip shows.
 *
 * How bright a face is does not show its light: skin differs, and dark skin in good light has as much contrast between its features as
 * light skin has. What is lost is measured instead: features that sink into the noise of the sensor and the steps of the levels, and
 * pixels that are burnt out.
 */
export interface ChipStatistics {
  /** Variance of the Laplacian over the variance of the luminance: 0 for a smooth ramp, more with fine structure. */
  readonly sharpness: number;
  /** Contrast between the features over the noise, both in grey levels, 0 or more. */
  readonly signal: number;
  /** Share of the face's pixels that are burnt out, 0..1. */
  readonly burnt: number;
  /** What of the face is covered; none for a face that is free. */
  readonly coverings: readonly Covering[];
}

/** Eyes, nose and mouth in the quality chip, in its pixels; hair and what is behind lie outside. */
const FACE = { left: 12, right: 52, top: 12, bottom: 56 };
/** Side of the cells whose means are the features, in pixels: a fifth of the eye distance. */
const CELL = 4;
/** Of a grey level that was rounded, with the compression that follows: below it no noise can be seen. */
const STEP = 0.6;
/** Luminance from which a pixel is burnt out, 0..255. */
const BURNT = 250;
/** Standard deviation of a normal distribution over the median of its absolute values. */
const NORMAL = 1 / 0.6745;
/** Of the filter below over white noise: the root of the sum of its squares. */
const FILTER_GAIN = 6;

/**
 * @param pixels bgr8 HWC of side x side. @param side of the quality chip.
 * Laplacian variance as a measure of focus: Pech-Pacheco et al. 2000; divided by the contrast, so that dim light is not
 * taken for blur.
 */
export function chipStatisticsOf(pixels: Uint8Array, side: number): ChipStatistics {
  const luminance = luminanceOf(pixels, side * side);
  // One grey level of noise, so that an even chip counts as without structure and not as infinitely sharp.
  return {
    sharpness: varianceOf(laplacianOf(luminance, side)) / (varianceOf(luminance) + 1),
    signal: Math.sqrt(varianceOf(cellMeans(luminance, side))) / Math.hypot(noiseOf(luminance, side), STEP),
    burnt: shareOf(luminance, side, (value) => value >= BURNT),
    coverings: coveringsOf(pixels, side),
  };
}

function luminanceOf(pixels: Uint8Array, count: number): Float32Array {
  const luminance = new Float32Array(count);
  for (let index = 0; index < count; index += 1) {
    const at = index * 3;
    luminance[index] =
      0.114 * (pixels[at] ?? 0) + 0.587 * (pixels[at + 1] ?? 0) + 0.299 * (pixels[at + 2] ?? 0);
  }
  return luminance;
}

function laplacianOf(luminance: Float32Array, side: number): Float32Array {
  const edges = new Float32Array((side - 2) * (side - 2));
  let next = 0;
  for (let y = 1; y < side - 1; y += 1)
    for (let x = 1; x < side - 1; x += 1) {
      const at = y * side + x;
      const around =
        (luminance[at - 1] ?? 0) +
        (luminance[at + 1] ?? 0) +
        (luminance[at - side] ?? 0) +
        (luminance[at + side] ?? 0);
      edges[next] = around - 4 * (luminance[at] ?? 0);
      next += 1;
    }
  return edges;
}

function cellMeans(luminance: Float32Array, side: number): readonly number[] {
  const means: number[] = [];
  for (let top = FACE.top; top < FACE.bottom; top += CELL)
    for (let left = FACE.left; left < FACE.right; left += CELL) {
      let sum = 0;
      for (let y = top; y < top + CELL; y += 1)
        for (let x = left; x < left + CELL; x += 1) sum += luminance[y * side + x] ?? 0;
      means.push(sum / (CELL * CELL));
    }
  return means;
}

/**
 * The noise in grey levels, by the difference of two Laplacians (Immerkaer 1996), which ramps and edges along the axes pass without a
 * trace. The median and not the mean, so that wrinkles and lashes are not taken for noise.
 */
function noiseOf(luminance: Float32Array, side: number): number {
  const found = new Float32Array((FACE.bottom - FACE.top) * (FACE.right - FACE.left));
  let next = 0;
  const at = (x: number, y: number): number => luminance[y * side + x] ?? 0;
  for (let y = FACE.top; y < FACE.bottom; y += 1)
    for (let x = FACE.left; x < FACE.right; x += 1) {
      const corners = at(x - 1, y - 1) + at(x + 1, y - 1) + at(x - 1, y + 1) + at(x + 1, y + 1);
      const edges = at(x, y - 1) + at(x - 1, y) + at(x + 1, y) + at(x, y + 1);
      found[next] = Math.abs(corners - 2 * edges + 4 * at(x, y));
      next += 1;
    }
  found.sort();
  return ((found[found.length >> 1] ?? Number.NaN) * NORMAL) / FILTER_GAIN;
}

function shareOf(luminance: Float32Array, side: number, test: (value: number) => boolean): number {
  let count = 0;
  for (let y = FACE.top; y < FACE.bottom; y += 1)
    for (let x = FACE.left; x < FACE.right; x += 1) if (test(luminance[y * side + x] ?? 0)) count += 1;
  return count / ((FACE.bottom - FACE.top) * (FACE.right - FACE.left));
}

function varianceOf(values: ArrayLike<number>): number {
  let sum = 0;
  let squares = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? Number.NaN;
    sum += value;
    squares += value * value;
  }
  return Math.max(0, squares / values.length - (sum / values.length) ** 2);
}
