/**
 * Measures how dense faces are around a vector: a face that resembles many people is near to impostors by chance, and is trusted less.
 *
 * Two faces match when they share rare features. The plain distance does not weigh rarity; adding to its square how
 * dense faces lie at both ends gives the ratio "one person" over "two people" that a mixture of von Mises and Fisher
 * distributions would (compare adaptive score normalisation, Matejka et al. 2017). It stays a plain euclidean distance:
 * each side puts its own crowding into a coordinate in which the other side is 0.
 */
import type { Matrix } from './matrix.js';

export interface Crowd {
  /** Directions round which faces lie: [count, projected], each of unit length and the mean of several people. */
  readonly places: Matrix;
  /** Share of all faces at each place: [count], above 0, in all 1. */
  readonly shares: Float32Array;
  /** Above 0: how narrow a place is (the concentration of von Mises and Fisher). */
  readonly sharpness: number;
}

/** Coordinates that a crowd adds. */
export const CROWD_OUTPUTS = 2;

/** (1 / sharpness) log of the density. @param unit of unit length: [projected]. @returns -1..1; the larger, the more crowded. */
export function crowding({ places, shares, sharpness }: Crowd, unit: Float32Array): number {
  const { rows, columns, data } = places;
  const exponents = new Float64Array(rows);
  let largest = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < rows; row += 1) {
    let cosine = 0;
    for (let i = 0; i < columns; i += 1)
      cosine += (data[row * columns + i] as number) * (unit[i] ?? Number.NaN);
    const exponent = sharpness * cosine;
    exponents[row] = exponent;
    if (!(exponent <= largest)) largest = exponent;
  }
  let sum = 0;
  // Counted from the largest exponent, so that none overflows.
  for (let row = 0; row < rows; row += 1)
    sum += (shares[row] as number) * Math.exp((exponents[row] as number) - largest);
  return (largest + Math.log(sum)) / sharpness;
}

/**
 * @param unit of unit length: [projected].
 * @returns [projected + 2]: |t - l|^2 of a template t and a live face l is that of the directions, plus 1 + crowding of both.
 */
export function withCrowd(
  crowd: Crowd,
  side: 'template' | 'live',
  unit: Float32Array,
): Float32Array<ArrayBuffer> {
  const result = new Float32Array(unit.length + CROWD_OUTPUTS);
  result.set(unit);
  // Never below 0 but for rounding; NaN stays NaN, and never matches.
  result[unit.length + (side === 'template' ? 0 : 1)] = Math.sqrt(Math.max(0, 1 + crowding(crowd, unit)));
  return result;
}
