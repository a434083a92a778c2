/** Shrunk whitening: the linear map after which a covariance is round. */
import { TwinstileError } from '../../base/errors.js';
import type { Matrix } from '../head/matrix.js';
import { cholesky, inverseOfLower } from './cholesky.js';

/**
 * L with L C L' = 1 for the shrunk covariance C = (1 - s) S + s (trace S / d) 1, scaled so that lengths stay about what
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
