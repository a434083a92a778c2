/** From a trunk vector to what is compared: a matrix product, small enough for plain numbers. */
import { withCrowd } from './crowd-context.js';
import type { Head, Projection, Side } from './head.js';
import { times } from './matrix.js';

/**
 * @param vector float32 [head.dimension], as the encoder gives it.
 * @returns float32 [head.outputs]; all NaN, which never matches, for a vector of another length or without a direction to
 * bring to unit length.
 */
export function applyHead(head: Head, side: Side, vector: Float32Array): Float32Array<ArrayBuffer> {
  if (vector.length !== head.dimension) return new Float32Array(head.outputs).fill(Number.NaN);
  const projected = project(head[side], vector);
  return head.crowd === undefined ? projected : withCrowd(head.crowd, side, projected);
}

/**
 * A gallery's matrix of trunk vectors, for a head that was not there when it was made.
 * @param matrix float32 [rows, head.dimension], row-major. @returns float32 [rows, head.outputs], row-major.
 */
export function applyHeadToRows(head: Head, side: Side, matrix: Float32Array): Float32Array<ArrayBuffer> {
  const rows = Math.floor(matrix.length / head.dimension);
  const result = new Float32Array(rows * head.outputs);
  for (let row = 0; row < rows; row += 1) {
    const vector = matrix.subarray(row * head.dimension, (row + 1) * head.dimension);
    result.set(applyHead(head, side, vector), row * head.outputs);
  }
  return result;
}

export function project(
  { unitInput, centre, linear, bend, unitOutput }: Projection,
  vector: Float32Array,
): Float32Array<ArrayBuffer> {
  const input = unitInput ? unit(Float64Array.from(vector)) : Float64Array.from(vector);
  if (centre !== undefined) for (let i = 0; i < input.length; i += 1) input[i] = at(input, i) - at(centre, i);
  const output = linear === undefined ? Float64Array.from(input) : times(linear, input);
  if (bend !== undefined) {
    const hidden = times(bend.hidden, input);
    for (let i = 0; i < hidden.length; i += 1) hidden[i] = Math.max(0, at(hidden, i) + at(bend.bias, i));
    const added = times(bend.out, hidden);
    for (let i = 0; i < output.length; i += 1) output[i] = at(output, i) + at(added, i);
  }
  return Float32Array.from(unitOutput ? unit(output) : output);
}

function unit(vector: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  return vector.map((value) => value / length);
}

const at = (vector: Float32Array | Float64Array, i: number): number => vector[i] ?? Number.NaN;
