/** How one person differs from itself: the scatter that a head is to turn down. */
import { type Matrix, times } from '../../../biometrics/head/matrix.js';

/** One look at a person, minus its side's centre. */
export interface FaceObservation {
  readonly person: number;
  readonly vector: Float64Array;
}

/**
 * Mean scatter of a person's looks about their mean, each person counting once however many there are: float64 [size, size].
 * @returns undefined when every person has one photo only.
 */
export function withinCovariance(
  observations: readonly FaceObservation[],
  size: number,
): Float64Array | undefined {
  const byPerson = new Map<number, Float64Array[]>();
  for (const { person, vector } of observations) {
    const own = byPerson.get(person);
    if (own === undefined) byPerson.set(person, [vector]);
    else own.push(vector);
  }
  const several = [...byPerson.values()].filter(({ length }) => length > 1);
  if (several.length === 0) return undefined;
  const covariance = new Float64Array(size * size);
  for (const own of several) {
    const mean = new Float64Array(size);
    for (const vector of own)
      for (let i = 0; i < size; i += 1) mean[i] = (mean[i] as number) + (vector[i] as number) / own.length;
    // n - 1: the mean was taken from the same looks.
    const weight = 1 / (several.length * (own.length - 1));
    for (const vector of own)
      addOuter(
        covariance,
        vector.map((value, i) => value - (mean[i] as number)),
        undefined,
        weight,
      );
  }
  return covariance;
}

/** into += weight a b'. @param b absent: a. */
export function addOuter(
  into: Float64Array,
  a: Float64Array,
  b: Float64Array | undefined,
  weight: number,
): void {
  const size = a.length;
  const other = b ?? a;
  for (let i = 0; i < size; i += 1) {
    const scaled = weight * (a[i] as number);
    const row = i * size;
    for (let j = 0; j < size; j += 1)
      into[row + j] = (into[row + j] as number) + scaled * (other[j] as number);
  }
}

export const through = (map: Matrix, observations: readonly FaceObservation[]): readonly FaceObservation[] =>
  observations.map(({ person, vector }) => ({ person, vector: times(map, vector) }));
