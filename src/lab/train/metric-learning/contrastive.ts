/** Computes the contrastive loss: mated vectors draw together, impostors are pushed apart as far as a margin. */
import { type LossAndGradient, type Points, squaredBetween } from './rows.js';

export interface Pair {
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
  pairs: readonly Pair[],
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
