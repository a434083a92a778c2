/** Many vectors in one block, each with whose it is and on which side of the comparison it stands. */

export interface Rows {
  /** [count, dimension], row-major. */
  readonly vectors: Float32Array | Float64Array;
  readonly dimension: number;
  /** Number of the person, per row. */
  readonly people: Int32Array;
  /** Per row: 0 template side, 1 live side. Absent: both sides are one, and every pair may be compared. */
  readonly sides?: Uint8Array;
  /** Number of the shot, per row; absent: all are different ones. A shot and its own copy teach nothing of the person. */
  readonly shots?: Int32Array;
}

export interface LossAndGradient {
  /** 0 or more. */
  readonly loss: number;
  /** Of the loss by each embedding: [count, dimension]. */
  readonly gradient: Float64Array;
  /** How many terms were not zero: those that still teach. */
  readonly active: number;
}

/** [count, count] squared euclidean distances. */
export function squaredDistances({ vectors, dimension }: Pick<Rows, 'vectors' | 'dimension'>): Float64Array {
  const count = vectors.length / dimension;
  const squares = new Float64Array(count * count);
  for (let i = 0; i < count; i += 1) {
    for (let j = i + 1; j < count; j += 1) {
      const squared = squaredBetween(vectors, dimension, i, j);
      squares[i * count + j] = squared;
      squares[j * count + i] = squared;
    }
  }
  return squares;
}

export function squaredBetween(
  vectors: Float32Array | Float64Array,
  dimension: number,
  i: number,
  j: number,
): number {
  let sum = 0;
  const [a, b] = [i * dimension, j * dimension];
  for (let k = 0; k < dimension; k += 1) {
    const difference = (vectors[a + k] ?? Number.NaN) - (vectors[b + k] ?? Number.NaN);
    sum += difference * difference;
  }
  return sum;
}
