/** Where learning begins: the trunk's own distances, or those after a whitening that a few sums give. */
import { shrunkWhitening } from '../adaptation/whitening.js';
import type { Metric } from '../distance.js';
import type { Projection } from '../head/head.js';
import { identityMatrix } from '../head/matrix.js';
import type { TrainingSet } from './plan.js';

/** Half of what the training people say of the covariance, half of what would be said without them. */
const SHRINKAGE = 0.5;

/**
 * Two places to begin at; whoever learns asks the people that decide when to stop which is the better one.
 * 'trunk' scales the vectors to a length of about 1, which is what margins are made for, and leaves their distances in the same
 * order. 'whitened' turns down the directions in which everybody differs and looks at directions only.
 */
export function startsFor(
  set: TrainingSet,
  trunk: Metric,
): Readonly<Record<'trunk' | 'whitened', Projection>> {
  const { dimension, people, vectors } = set;
  const unitInput = trunk === 'cosine';
  const faces = meansOf({ vectors, dimension, people }, unitInput);
  const centre = new Float64Array(dimension);
  for (const face of faces)
    for (let i = 0; i < dimension; i += 1) centre[i] = (centre[i] ?? 0) + (face[i] ?? 0) / faces.length;
  const covariance = new Float64Array(dimension * dimension);
  let squares = 0;
  for (const face of faces) {
    const away = centre.map((value, i) => (face[i] ?? 0) - value);
    for (let i = 0; i < dimension; i += 1) {
      const scaled = (away[i] ?? 0) / faces.length;
      squares += scaled * (away[i] ?? 0);
      for (let j = 0; j < dimension; j += 1)
        covariance[i * dimension + j] = (covariance[i * dimension + j] ?? 0) + scaled * (away[j] ?? 0);
    }
  }
  const around = { unitInput, centre: Float32Array.from(centre) };
  return {
    trunk: { ...around, linear: identityMatrix(dimension, 1 / Math.sqrt(squares)), unitOutput: false },
    whitened: { ...around, linear: shrunkWhitening(covariance, dimension, SHRINKAGE), unitOutput: true },
  };
}

/** Everybody's mean vector: however many photographs there are of a person, it counts once. */
function meansOf(
  { vectors, dimension, people }: Pick<TrainingSet, 'vectors' | 'dimension' | 'people'>,
  unitInput: boolean,
): readonly Float64Array[] {
  const sums = new Map<number, { readonly sum: Float64Array; count: number }>();
  people.forEach((person, row) => {
    const vector = vectors.subarray(row * dimension, (row + 1) * dimension);
    const length = unitInput ? Math.hypot(...vector) : 1;
    const own = sums.get(person) ?? { sum: new Float64Array(dimension), count: 0 };
    own.count += 1;
    for (let i = 0; i < dimension; i += 1) own.sum[i] = (own.sum[i] ?? 0) + (vector[i] ?? 0) / length;
    sums.set(person, own);
  });
  return [...sums.values()].map(({ sum, count }) => sum.map((value) => value / count));
}
