/** Contrastive loss: one person's vectors draw together, strangers are pushed apart as far as a margin. */
import { type LossAndGradient, type Rows, squaredBetween } from './rows.js';

export interface Pair {
  readonly a: number;
  readonly b: number;
  readonly same: boolean;
}

/**
 * Mean of 1/2 d^2 for pairs of one person and 1/2 max(0, margin - d)^2 for strangers (Hadsell, Chopra, LeCun 2006).
 * @param margin above 0, in distance.
 */
export function contrastiveLoss(
  { vectors, dimension }: Pick<Rows, 'vectors' | 'dimension'>,
  pairs: readonly Pair[],
  margin: number,
): LossAndGradient {
  const gradient = new Float64Array(vectors.length);
  let loss = 0;
  let active = 0;
  const share = 1 / Math.max(1, pairs.length);
  for (const { a, b, same } of pairs) {
    const between = Math.sqrt(squaredBetween(vectors, dimension, a, b));
    const left = same ? between : margin - between;
    if (!(left > 0)) continue;
    loss += 0.5 * left * left * share;
    active += 1;
    // Strangers at one point have no direction to part in: they wait until something else moves them.
    const pull = same ? share : between > 0 ? (-share * left) / between : 0;
    for (let k = 0; k < dimension; k += 1) {
      const [i, j] = [a * dimension + k, b * dimension + k];
      const step = pull * ((vectors[i] ?? 0) - (vectors[j] ?? 0));
      gradient[i] = (gradient[i] ?? 0) + step;
      gradient[j] = (gradient[j] ?? 0) - step;
    }
  }
  return { loss, gradient, active };
}
