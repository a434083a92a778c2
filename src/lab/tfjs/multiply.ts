/**
 * Matrix products of tensors in plain loops over contiguous rows, added up in one order, so that a seed decides everything.
 *
 * One kernel serves the three shapes that a head needs: rows of one against rows of the other, four at once, because then each
 * number of the first is loaded once for all of them.
 */
import * as tf from '@tensorflow/tfjs-core';

/** a b'. @param a [rows, inner]. @param b [columns, inner]. @returns [rows, columns]. */
export const timesTransposed = (a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D =>
  tf.tensor2d(rowsByRows(numbersOf(a), numbersOf(b), a.shape[1]), [a.shape[0], b.shape[0]]);

/** a b. @param a [rows, inner]. @param b [inner, columns]. @returns [rows, columns]. */
export const matMul = (a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D =>
  tf.tensor2d(rowsByRows(numbersOf(a), turned(b), a.shape[1]), [a.shape[0], b.shape[1]]);

/** a' b. @param a [inner, rows]. @param b [inner, columns]. @returns [rows, columns]. */
export const transposedTimes = (a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D =>
  tf.tensor2d(rowsByRows(turned(a), turned(b), a.shape[0]), [a.shape[1], b.shape[1]]);

const numbersOf = (of: tf.Tensor2D): Float32Array => of.dataSync() as Float32Array;

function turned(of: tf.Tensor2D): Float32Array {
  const [rows, columns] = of.shape;
  const data = numbersOf(of);
  const result = new Float32Array(data.length);
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1)
      result[column * rows + row] = data[row * columns + column] as number;
  return result;
}

/** @param left [rows, inner]. @param right [columns, inner]. @returns [rows, columns]. */
function rowsByRows(left: Float32Array, right: Float32Array, inner: number): Float32Array {
  const rows = left.length / inner;
  const columns = right.length / inner;
  const result = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    const a = row * inner;
    let column = 0;
    for (; column + 3 < columns; column += 4) {
      const b = column * inner;
      const c = b + inner;
      const d = c + inner;
      const e = d + inner;
      let first = 0;
      let second = 0;
      let third = 0;
      let fourth = 0;
      for (let k = 0; k < inner; k += 1) {
        const own = left[a + k] as number;
        first += own * (right[b + k] as number);
        second += own * (right[c + k] as number);
        third += own * (right[d + k] as number);
        fourth += own * (right[e + k] as number);
      }
      const at = row * columns + column;
      result[at] = first;
      result[at + 1] = second;
      result[at + 2] = third;
      result[at + 3] = fourth;
    }
    for (; column < columns; column += 1) {
      const b = column * inner;
      let sum = 0;
      for (let k = 0; k < inner; k += 1) sum += (left[a + k] as number) * (right[b + k] as number);
      result[row * columns + column] = sum;
    }
  }
  return result;
}
