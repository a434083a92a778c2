/**
 * Matrix products of tensors in plain loops over contiguous rows: several times faster than the general kernel of TensorFlow.js's
 * CPU backend for the three shapes that a head needs, and added up in one order, so that a seed decides everything.
 */
import * as tf from '@tensorflow/tfjs-core';

/** a b'. @param a [rows, inner]. @param b [columns, inner]. @returns [rows, columns]. */
export function timesTransposed(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  const [rows, inner] = a.shape;
  const [columns] = b.shape;
  const [left, right] = [a.dataSync(), b.dataSync()];
  const result = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    const from = row * inner;
    for (let column = 0; column < columns; column += 1) {
      const of = column * inner;
      let even = 0;
      let odd = 0;
      let k = 0;
      // Two sums side by side: one alone waits for itself.
      for (; k + 1 < inner; k += 2) {
        even += (left[from + k] as number) * (right[of + k] as number);
        odd += (left[from + k + 1] as number) * (right[of + k + 1] as number);
      }
      if (k < inner) even += (left[from + k] as number) * (right[of + k] as number);
      result[row * columns + column] = even + odd;
    }
  }
  return tf.tensor2d(result, [rows, columns]);
}

/** a b. @param a [rows, inner]. @param b [inner, columns]. @returns [rows, columns]. */
export function times(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  const [rows, inner] = a.shape;
  const [, columns] = b.shape;
  const [left, right] = [a.dataSync(), b.dataSync()];
  const sums = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row += 1)
    for (let k = 0; k < inner; k += 1)
      addRow(sums, row * columns, left[row * inner + k] as number, right, k * columns, columns);
  return tf.tensor2d(Float32Array.from(sums), [rows, columns]);
}

/** a' b. @param a [inner, rows]. @param b [inner, columns]. @returns [rows, columns]. */
export function transposedTimes(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  const [inner, rows] = a.shape;
  const [, columns] = b.shape;
  const [left, right] = [a.dataSync(), b.dataSync()];
  const sums = new Float64Array(rows * columns);
  for (let k = 0; k < inner; k += 1)
    for (let row = 0; row < rows; row += 1)
      addRow(sums, row * columns, left[k * rows + row] as number, right, k * columns, columns);
  return tf.tensor2d(Float32Array.from(sums), [rows, columns]);
}

function addRow(
  into: Float64Array,
  at: number,
  weight: number,
  from: ArrayLike<number>,
  start: number,
  count: number,
): void {
  // Most gradients behind a rectifier, and all of rows that no mined term names.
  if (weight === 0) return;
  for (let i = 0; i < count; i += 1)
    into[at + i] = (into[at + i] as number) + weight * (from[start + i] as number);
}
