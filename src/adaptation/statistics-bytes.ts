/**
 * A camera's sums as bytes and back: float64, least significant byte first.
 *
 * version | dimension | tracks | weight | weightSquares | withinWeight | sum [d] | outer | within, the last two as upper
 * triangles, row by row, because they are symmetric.
 */
import type { ModelDigest } from '../base/ids.js';
import type { CameraStatistics } from './camera-statistics.js';

const VERSION = 1;
const HEADER = 6;
const MAX_DIMENSIONS = 4096;

export function bytesOfStatistics(statistics: CameraStatistics): Uint8Array {
  const { dimension, tracks, weight, weightSquares, withinWeight, sum, outer, within } = statistics;
  const numbers = [
    VERSION,
    dimension,
    tracks,
    weight,
    weightSquares,
    withinWeight,
    ...sum,
    ...upper(outer, dimension),
    ...upper(within, dimension),
  ];
  const bytes = new Uint8Array(numbers.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of numbers.entries()) view.setFloat64(i * 8, value, true);
  return bytes;
}

/** @returns undefined for bytes that are no sums: of another length or version, or with a number that is none. */
export function statisticsFromBytes(bytes: Uint8Array, encoder: ModelDigest): CameraStatistics | undefined {
  if (bytes.length < HEADER * 8 || bytes.length % 8 !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = Float64Array.from({ length: bytes.length / 8 }, (_, i) => view.getFloat64(i * 8, true));
  const [version, dimension = 0, tracks = 0, weight = 0, weightSquares = 0, withinWeight = 0] = numbers;
  const triangle = (dimension * (dimension + 1)) / 2;
  const isOne = version === VERSION && Number.isInteger(dimension) && dimension > 0;
  if (!isOne || dimension > MAX_DIMENSIONS || numbers.length !== HEADER + dimension + 2 * triangle)
    return undefined;
  if (!numbers.every(Number.isFinite)) return undefined;
  const from = HEADER + dimension;
  return {
    encoder,
    dimension,
    tracks,
    weight,
    weightSquares,
    withinWeight,
    sum: numbers.slice(HEADER, from),
    outer: symmetric(numbers.subarray(from, from + triangle), dimension),
    within: symmetric(numbers.subarray(from + triangle), dimension),
  };
}

function upper(matrix: Float64Array, size: number): Float64Array {
  const result = new Float64Array((size * (size + 1)) / 2);
  let at = 0;
  for (let i = 0; i < size; i += 1)
    for (let j = i; j < size; j += 1) result[at++] = matrix[i * size + j] ?? Number.NaN;
  return result;
}

function symmetric(triangle: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size * size);
  let at = 0;
  for (let i = 0; i < size; i += 1)
    for (let j = i; j < size; j += 1) {
      const value = triangle[at++] ?? Number.NaN;
      result[i * size + j] = value;
      result[j * size + i] = value;
    }
  return result;
}
