/** Where learning begins: at the trunk's own distances, so that whatever is learned is learned on top of them. */
import type { Metric } from '../distance.js';
import type { Projection } from '../head/head.js';
import { identityMatrix } from '../head/matrix.js';
import type { TrainingSet } from './plan.js';

/**
 * The mean of all vectors is taken away, each person counting once, and what is left is scaled to a length of about 1, which
 * is what margins are made for.
 */
export function startFor(set: TrainingSet, trunk: Metric, unitOutput: boolean): Projection {
  const { vectors, dimension, people } = set;
  const unitInput = trunk === 'cosine';
  const lengthOf = (row: number): number =>
    Math.hypot(...vectors.subarray(row * dimension, (row + 1) * dimension));
  const photosOf = new Map<number, number>();
  for (const person of people) photosOf.set(person, (photosOf.get(person) ?? 0) + 1);
  const share = (row: number): number => 1 / (photosOf.get(people[row] ?? -1) ?? 1) / photosOf.size;

  const centre = new Float64Array(dimension);
  people.forEach((_, row) => {
    const scale = share(row) / (unitInput ? lengthOf(row) : 1);
    for (let i = 0; i < dimension; i += 1)
      centre[i] = (centre[i] ?? 0) + scale * (vectors[row * dimension + i] ?? 0);
  });
  let squares = 0;
  people.forEach((_, row) => {
    const scale = 1 / (unitInput ? lengthOf(row) : 1);
    for (let i = 0; i < dimension; i += 1)
      squares += share(row) * (scale * (vectors[row * dimension + i] ?? 0) - (centre[i] ?? 0)) ** 2;
  });
  return {
    unitInput,
    centre: Float32Array.from(centre),
    linear: identityMatrix(dimension, 1 / Math.sqrt(squares)),
    unitOutput,
  };
}
