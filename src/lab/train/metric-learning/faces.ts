/** The mean face of each training person, on one side of the comparison, and where all of them lie. */
import type { Side } from '../../../biometrics/head/head.js';
import { type Matrix, times } from '../../../biometrics/head/matrix.js';
import type { TrainingSet } from './training-plan.js';

export interface Faces {
  /** Mean vector of each person, minus the centre: however many photographs there are of a person, it counts once. */
  readonly of: ReadonlyMap<number, Float64Array>;
  readonly centre: Float64Array;
  /** Mean squared length about the centre. */
  readonly variance: number;
}

/** @param unitInput whether each vector is brought to unit length first. */
export function facesOf(set: TrainingSet, unitInput: boolean, side: Side): Faces {
  const { dimension } = set;
  const sums = new Map<number, { readonly sum: Float64Array; count: number }>();
  for (const row of rowsOn(set, side)) {
    const person = set.people[row] ?? -1;
    const own = sums.get(person) ?? { sum: new Float64Array(dimension), count: 0 };
    own.count += 1;
    vectorAt(set, row, unitInput).forEach((value, i) => {
      own.sum[i] = (own.sum[i] as number) + value;
    });
    sums.set(person, own);
  }
  const centre = new Float64Array(dimension);
  for (const { sum, count } of sums.values())
    for (let i = 0; i < dimension; i += 1)
      centre[i] = (centre[i] as number) + (sum[i] as number) / count / sums.size;
  const of = new Map<number, Float64Array>();
  let variance = 0;
  for (const [person, { sum, count }] of sums) {
    const away = sum.map((value, i) => value / count - (centre[i] as number));
    of.set(person, away);
    for (const value of away) variance += (value * value) / sums.size;
  }
  return { of, centre, variance };
}

/** Every vector of one side, minus its centre. */
export const centredFaces = (
  set: TrainingSet,
  unitInput: boolean,
  side: Side,
  centre: Float64Array,
): readonly CentredFace[] =>
  rowsOn(set, side).map((row) => ({
    person: set.people[row] ?? -1,
    vector: vectorAt(set, row, unitInput).map((value, i) => value - (centre[i] as number)),
  }));

/** Without sides every row belongs to both. */
export const rowsOn = ({ people, sides }: TrainingSet, side: Side): readonly number[] =>
  Array.from(people, (_, row) => row).filter(
    (row) => sides === undefined || (sides[row] === 0) === (side === 'template'),
  );

/** In float64: closed forms add up thousands of them. */
export function vectorAt({ vectors, dimension }: TrainingSet, row: number, unitInput: boolean): Float64Array {
  const vector = Float64Array.from(vectors.subarray(row * dimension, (row + 1) * dimension));
  if (!unitInput) return vector;
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** One look at a person, minus its side's centre. */
export interface CentredFace {
  readonly person: number;
  readonly vector: Float64Array;
}

/**
 * Mean scatter of a person's looks about their mean, each person counting once however many there are: float64 [size, size].
 * @returns undefined when every person has one photo only.
 */
export function withinCovariance(
  observations: readonly CentredFace[],
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

export const through = (map: Matrix, observations: readonly CentredFace[]): readonly CentredFace[] =>
  observations.map(({ person, vector }) => ({ person, vector: times(map, vector) }));
