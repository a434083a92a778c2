/**
 * Declares the distances of this product and their properties.
 *
 * The four properties are those of a metric space. A declaration is a promise about finite vectors of one dimension
 * within rounding; the tests hold each metric to it, and find a counter-example where nothing is promised.
 */
import { type Distance, distance } from '../../base/units.js';
import { cosine, euclidean, squaredEuclidean } from '../distance.js';

export interface Properties {
  /** d(x, y) >= 0 */
  readonly nonNegative: boolean;
  /** Identity of indiscernibles: d(x, y) = 0 exactly when x = y. */
  readonly identity: boolean;
  /** d(x, y) = d(y, x) */
  readonly symmetric: boolean;
  /** d(x, z) <= d(x, y) + d(y, z) */
  readonly triangle: boolean;
}

export interface DeclaredMetric {
  readonly name: 'euclidean' | 'squared-euclidean' | 'manhattan' | 'cosine' | 'mahalanobis' | 'learned';
  readonly has: Properties;
  /** Where a metric has sides, `a` is the template and `b` the live face. NaN, which never matches, for unlike lengths. */
  between(a: Float32Array, b: Float32Array): Distance;
}

export const METRIC: Properties = { nonNegative: true, identity: true, symmetric: true, triangle: true };

export const euclideanMetric: DeclaredMetric = { name: 'euclidean', has: METRIC, between: euclidean };

/** For losses: smooth at zero, and cheaper by a root. 0, 1, 2 on a line: 4 > 1 + 1. */
export const squaredEuclideanMetric: DeclaredMetric = {
  name: 'squared-euclidean',
  has: { ...METRIC, triangle: false },
  between: squaredEuclidean,
};

export const manhattanMetric: DeclaredMetric = { name: 'manhattan', has: METRIC, between: manhattan };

/** Sees directions only, so x and 2x are one; and an angle's cosine bends, so a detour may be shorter. */
export const cosineMetric: DeclaredMetric = {
  name: 'cosine',
  has: { ...METRIC, identity: false, triangle: false },
  between: cosine,
};

/** The sum of |a_i - b_i|, 0 or more. A metric. */
function manhattan(a: Float32Array, b: Float32Array): Distance {
  if (a.length !== b.length) return distance(Number.NaN);
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += Math.abs((a[i] ?? Number.NaN) - (b[i] ?? Number.NaN));
  return distance(sum);
}
