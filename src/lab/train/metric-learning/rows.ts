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
function squaredBetween({ vectors, dimension, aside }: Points, i: number, j: number): number {
  let sum = 0;
  const [a, b] = [i * dimension, j * dimension];
  for (let k = 0; k < dimension; k += 1) {
    const difference = (vectors[a + k] as number) - (vectors[b + k] as number);
    sum += difference * difference;
  }
  return aside === undefined ? sum : Math.max(0, sum + (aside[i] as number) + (aside[j] as number));
}

/** Rows of anchor, positive (same person) and negative (another). */
export interface Triplet {
  readonly anchor: number;
  readonly positive: number;
  readonly negative: number;
}

/**
 * Computes the triplet loss: an anchor shall be nearer to its own person than to any other, by a margin.
 * Mean of max(0, |a - p|^2 - |a - n|^2 + margin) over the triplets (Schroff, Kalenichenko, Philbin 2015).
 * @param margin above 0, in squared distance.
 */
export function tripletLoss(points: Points, triplets: readonly Triplet[], margin: number): LossAndGradient {
  const { vectors, dimension } = points;
  const gradient = new Float64Array(vectors.length);
  let loss = 0;
  let active = 0;
  const share = 1 / Math.max(1, triplets.length);
  for (const { anchor, positive, negative } of triplets) {
    const term = squaredBetween(points, anchor, positive) - squaredBetween(points, anchor, negative) + margin;
    if (!(term > 0)) continue;
    loss += term * share;
    active += 1;
    for (let k = 0; k < dimension; k += 1) {
      const [a, p, n] = [anchor * dimension + k, positive * dimension + k, negative * dimension + k];
      const [va, vp, vn] = [vectors[a] ?? 0, vectors[p] ?? 0, vectors[n] ?? 0];
      gradient[a] = (gradient[a] ?? 0) + 2 * share * (vn - vp);
      gradient[p] = (gradient[p] ?? 0) + 2 * share * (vp - va);
      gradient[n] = (gradient[n] ?? 0) + 2 * share * (va - vn);
    }
  }
  return { loss, gradient, active };
}

/** Computes the contrastive loss: mated vectors draw together, impostors are pushed apart as far as a margin. */
export interface RowPair {
  readonly a: number;
  readonly b: number;
  readonly same: boolean;
}

/**
 * Mean of pull/2 d^2 for pairs of one person and 1/2 max(0, margin - d)^2 for impostors (Hadsell, Chopra, LeCun 2006, with pull = 1).
 *
 * On a sphere mined pairs of one person are about 1 apart and impostors lack about 0.3 to the margin: at pull = 1 drawing together is
 * three times as strong as pushing apart, and all vectors collapse to one point.
 * @param margin above 0, in distance. @param pull above 0.
 */
export function contrastiveLoss(
  points: Points,
  pairs: readonly RowPair[],
  margin: number,
  pull = 1,
): LossAndGradient {
  const { vectors, dimension } = points;
  const gradient = new Float64Array(vectors.length);
  let loss = 0;
  let active = 0;
  const share = 1 / Math.max(1, pairs.length);
  for (const { a, b, same } of pairs) {
    const between = Math.sqrt(squaredBetween(points, a, b));
    const left = same ? between : margin - between;
    if (!(left > 0)) continue;
    const weight = same ? pull * share : share;
    loss += 0.5 * left * left * weight;
    active += 1;
    // Impostors at one point have no direction to part in: they wait until another pair moves them.
    const along = same ? weight : between > 0 ? (-weight * left) / between : 0;
    for (let k = 0; k < dimension; k += 1) {
      const [i, j] = [a * dimension + k, b * dimension + k];
      const step = along * ((vectors[i] ?? 0) - (vectors[j] ?? 0));
      gradient[i] = (gradient[i] ?? 0) + step;
      gradient[j] = (gradient[j] ?? 0) - step;
    }
  }
  return { loss, gradient, active };
}
