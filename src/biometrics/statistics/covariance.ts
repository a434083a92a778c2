/** Whitens covariances: symmetric positive definite matrices, row-major float64 [size, size]. */
import { TwinstileError } from '../../base/errors.js';
import type { Matrix } from '../head/matrix.js';

/**
 * Shrunk whitening, the linear map after which a covariance is round: L with L C L' = 1 for the shrunk covariance C = (1 - s) S + s (trace S / d) 1, scaled so that lengths stay about what
 * they were. Shrinking keeps directions with few samples from being amplified (Ledoit and Wolf 2004).
 * L is the inverse of C's Cholesky factor: any other root would give the same distances.
 * @param covariance S: float64 [size, size], symmetric.
 * @param shrinkage s: 0 < s <= 1; 1 leaves everything as it is.
 * @throws TwinstileError 'bad-arguments' when C is not positive definite: no scatter at all, or NaN.
 */
export function shrunkWhitening(covariance: Float64Array, size: number, shrinkage: number): Matrix {
  if (!(shrinkage > 0 && shrinkage <= 1))
    throw unfit('a shrinkage above 0 and at most 1', `${shrinkage}`, 'Use 0.1 to 0.9.');
  let trace = 0;
  for (let i = 0; i < size; i += 1) trace += covariance[i * size + i] ?? Number.NaN;
  const level = trace / size;
  const shrunk = covariance.map(
    (value, at) => (1 - shrinkage) * value + (at % (size + 1) === 0 ? shrinkage * level : 0),
  );
  const inverse = inverseOfLower(cholesky(shrunk, size), size);
  const scale = Math.sqrt(level);
  return { rows: size, columns: size, data: Float32Array.from(inverse, (value) => value * scale) };
}

const unfit = (expected: string, got: string, hint: string): TwinstileError =>
  new TwinstileError({ code: 'bad-arguments', message: `Expected ${expected}, got ${got}.`, hint });

/** Lower R with R R' = C. @throws TwinstileError 'bad-arguments' when C is not positive definite. */
function cholesky(c: Float64Array, size: number): Float64Array {
  const r = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let left = c[i * size + j] ?? Number.NaN;
      for (let k = 0; k < j; k += 1) left -= (r[i * size + k] ?? 0) * (r[j * size + k] ?? 0);
      if (i !== j) r[i * size + j] = left / (r[j * size + j] ?? Number.NaN);
      else if (left > 0) r[i * size + i] = Math.sqrt(left);
      else
        throw new TwinstileError({
          code: 'bad-arguments',
          message: 'Expected vectors that differ, got a covariance without an inverse.',
          hint: 'Gather more faces.',
        });
    }
  }
  return r;
}

/** @param r lower triangular, with nothing of 0 on its diagonal. */
function inverseOfLower(r: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size);
  for (let column = 0; column < size; column += 1) {
    for (let row = column; row < size; row += 1) {
      let left = row === column ? 1 : 0;
      for (let k = column; k < row; k += 1)
        left -= (r[row * size + k] ?? 0) * (inverse[k * size + column] ?? 0);
      inverse[row * size + column] = left / (r[row * size + row] ?? Number.NaN);
    }
  }
  return inverse;
}

/** The inverse of a symmetric positive definite matrix. @throws TwinstileError 'bad-arguments' when it is not. */
export function inverseOf(c: Float64Array, size: number): Float64Array {
  const lower = inverseOfLower(cholesky(c, size), size);
  const inverse = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1)
    for (let j = 0; j < size; j += 1) {
      let sum = 0;
      for (let k = Math.max(i, j); k < size; k += 1)
        sum += (lower[k * size + i] ?? 0) * (lower[k * size + j] ?? 0);
      inverse[i * size + j] = sum;
    }
  return inverse;
}
