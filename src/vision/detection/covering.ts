/**
 * Detects whether a face is covered: nose or mouth by a mask, a scarf or a hand, the eyes by sunglasses.
 *
 * Detectors put plausible landmarks on covered faces, and encoders place them near to each other. What gives them away is the aligned
 * chip: below the eyes it no longer has the colour of the skin above, and no mouth. Each cell of the chip is compared with the skin
 * under the eyes, in both directions, so that no colour of cloth or skin counts by itself; a line through these numbers separates the two.
 */
import { float32FromText } from '../../biometrics/artifact-file.js';
import { EYES_WEIGHTS, HAND_WEIGHTS, MOUTH_WEIGHTS } from './covering-weights.js';

/** Cells of the chip that take part, a fifth of the eye distance each. */
const GRID = { left: 8, top: 12, cell: 4, columns: 12, rows: 12 };
/** Under the eyes and across the bridge of the nose, in pixels of the chip. */
const SKIN = { left: 18, right: 46, top: 34, bottom: 42 };
/** Added to all levels, so that the noise of a dark chip makes no large ratios. */
const DARK = 8;
/** Lightness, two differences of colour, the square of each, and the texture. */
const NUMBERS = 7;

/** How many numbers describe the covering of a chip. */
export const COVERING_FEATURES = GRID.columns * GRID.rows * NUMBERS;

/** What of a face is covered; 'hand': the mouth, by one. */
export type Covering = 'mouth' | 'eyes' | 'hand';

const WEIGHTS: Readonly<Record<Covering, Float32Array>> = {
  mouth: weightsOf(MOUTH_WEIGHTS),
  eyes: weightsOf(EYES_WEIGHTS),
  // Of the skin's own colour, so that the line of masks and scarves misses it.
  hand: weightsOf(HAND_WEIGHTS),
};

/**
 * Finds what of a face is covered.
 * @param chip bgr8 HWC of side x side: the quality chip. @returns none for a face that is free. A chip that is no picture is covered.
 */
export function coveringsOf(chip: Uint8Array, side: number): readonly Covering[] {
  const features = coveringFeatures(chip, side);
  // Asked so that a NaN is no free face.
  return (['mouth', 'eyes', 'hand'] as const).filter(
    (what) => !(coveringScore(features, WEIGHTS[what]) <= 0),
  );
}

/** @param weights one for each feature, then the bias. @returns above 0 for a face that is covered. */
export function coveringScore(features: Float32Array, weights: Float32Array): number {
  let sum = weights[features.length] ?? Number.NaN;
  for (let index = 0; index < features.length; index += 1)
    sum += (features[index] ?? Number.NaN) * (weights[index] ?? Number.NaN);
  return sum;
}

/** Describes a chip by 7 numbers of each cell, row by row. @param chip bgr8 HWC of side x side. */
export function coveringFeatures(chip: Uint8Array, side: number): Float32Array {
  const skin = [0, 1, 2].map((channel) => medianOf(chip, side, channel) + DARK);
  const features = new Float32Array(COVERING_FEATURES);
  let next = 0;
  for (let row = 0; row < GRID.rows; row += 1)
    for (let column = 0; column < GRID.columns; column += 1) {
      const { means, texture } = cellOf(chip, side, row, column);
      const [blue = 0, green = 0, red = 0] = means.map((mean, c) => Math.log((mean + DARK) / (skin[c] ?? 1)));
      const [light, warm, cool] = [(blue + green + red) / 3, red - green, green - blue];
      features.set([light, warm, cool, light * light, warm * warm, cool * cool, texture], next);
      next += NUMBERS;
    }
  return features;
}

function cellOf(chip: Uint8Array, side: number, row: number, column: number) {
  const [left, top] = [GRID.left + column * GRID.cell, GRID.top + row * GRID.cell];
  const sums = [0, 0, 0];
  let luminance = 0;
  let squares = 0;
  for (let y = top; y < top + GRID.cell; y += 1)
    for (let x = left; x < left + GRID.cell; x += 1) {
      const at = (y * side + x) * 3;
      const [blue, green, red] = [chip[at] ?? 0, chip[at + 1] ?? 0, chip[at + 2] ?? 0];
      const value = 0.114 * blue + 0.587 * green + 0.299 * red;
      sums[0] = (sums[0] ?? 0) + blue;
      sums[1] = (sums[1] ?? 0) + green;
      sums[2] = (sums[2] ?? 0) + red;
      luminance += value;
      squares += value * value;
    }
  const count = GRID.cell * GRID.cell;
  const mean = luminance / count;
  const deviation = Math.sqrt(Math.max(0, squares / count - mean * mean));
  return { means: sums.map((sum) => sum / count), texture: Math.log((deviation + 1) / (mean + DARK)) };
}

function medianOf(chip: Uint8Array, side: number, channel: number): number {
  const values = new Uint8Array((SKIN.right - SKIN.left) * (SKIN.bottom - SKIN.top));
  let next = 0;
  for (let y = SKIN.top; y < SKIN.bottom; y += 1)
    for (let x = SKIN.left; x < SKIN.right; x += 1) {
      values[next] = chip[(y * side + x) * 3 + channel] ?? 0;
      next += 1;
    }
  values.sort();
  return values[values.length >> 1] ?? 0;
}

/** @throws RangeError for text of other weights than these features have. */
function weightsOf(text: string): Float32Array {
  const read = float32FromText(text, COVERING_FEATURES + 1);
  if ('problem' in read) throw new RangeError(`Expected the weights of a covering, got ${read.problem}.`);
  return read.values;
}
