/**
 * How far two embeddings lie apart. All take float32 [dimension] and add up in float64.
 *
 * Euclidean and squared euclidean look at the vectors as they are; cosine distance looks at their directions only.
 * Vectors of different length have no distance: the answer is NaN, and NaN never matches (see fmr.ts).
 */
import { type Distance, distance } from '../base/units.js';
import type { EncoderCard } from './model-card.js';

export type Metric = EncoderCard['metric'];

/** |a - b|, 0 or more. A metric. */
export function euclidean(a: Float32Array, b: Float32Array): Distance {
  return distance(Math.sqrt(squaredEuclidean(a, b)));
}

/** |a - b|^2, 0 or more. Not a metric: the triangle inequality does not hold. */
export function squaredEuclidean(a: Float32Array, b: Float32Array): Distance {
  if (a.length !== b.length) return distance(Number.NaN);
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) {
    const difference = (a[i] ?? Number.NaN) - (b[i] ?? Number.NaN);
    sum += difference * difference;
  }
  return distance(sum);
}

/** 1 - cos(a, b), 0..2 inclusive; NaN when either vector is zero. Not a metric: the triangle inequality does not hold. */
export function cosine(a: Float32Array, b: Float32Array): Distance {
  if (a.length !== b.length) return distance(Number.NaN);
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i += 1) {
    const x = a[i] ?? Number.NaN;
    const y = b[i] ?? Number.NaN;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  // Rounding may put the cosine a hair outside -1..1.
  return distance(Math.min(2, Math.max(0, 1 - dot / Math.sqrt(aa * bb))));
}

export const distanceOf: Readonly<Record<Metric, (a: Float32Array, b: Float32Array) => Distance>> = {
  euclidean,
  cosine,
};
