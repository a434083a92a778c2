/** Computes the triplet loss: an anchor shall be nearer to its own person than to any other, by a margin. */
import { type LossAndGradient, type Points, squaredBetween } from './rows.js';

/** Rows of anchor, positive (same person) and negative (another). */
export interface Triplet {
  readonly anchor: number;
  readonly positive: number;
  readonly negative: number;
}

/**
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
