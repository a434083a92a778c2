/** Holds many vectors in one block, each with its person and its side of the comparison. */

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
  /** Per row: what every squared distance from it is longer by, as a crowd makes it (head/crowd.ts). Fixed: no loss moves it. */
  readonly aside?: Float64Array;
}

/** What a loss looks at. */
export type Points = Pick<Rows, 'vectors' | 'dimension' | 'aside'>;

export interface LossAndGradient {
  /** 0 or more. */
  readonly loss: number;
  /** Of the loss by each embedding: [count, dimension]. */
  readonly gradient: Float64Array;
  /** How many terms were not zero: those that still teach. */
  readonly active: number;
}

/** [count, count] squared euclidean distances. */
export function squaredDistances(points: Points): Float64Array {
  const count = points.vectors.length / points.dimension;
  const squares = new Float64Array(count * count);
  for (let i = 0; i < count; i += 1) {
    for (let j = i + 1; j < count; j += 1) {
      const squared = squaredBetween(points, i, j);
      squares[i * count + j] = squared;
      squares[j * count + i] = squared;
    }
  }
  return squares;
}

/** @returns 0 or more. */
export function squaredBetween({ vectors, dimension, aside }: Points, i: number, j: number): number {
  let sum = 0;
  const [a, b] = [i * dimension, j * dimension];
  for (let k = 0; k < dimension; k += 1) {
    const difference = (vectors[a + k] as number) - (vectors[b + k] as number);
    sum += difference * difference;
  }
  return aside === undefined ? sum : Math.max(0, sum + (aside[i] as number) + (aside[j] as number));
}
