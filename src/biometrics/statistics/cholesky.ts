/** Symmetric positive definite matrices, row-major float64 [size, size]. */
import { TwinstileError } from '../../base/errors.js';

/** Lower R with R R' = C. @throws TwinstileError 'bad-arguments' when C is not positive definite. */
export function cholesky(c: Float64Array, size: number): Float64Array {
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
export function inverseOfLower(r: Float64Array, size: number): Float64Array {
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
