/** Computes dense places among the training people: means of several people each, so that a head carries no single person's face. */

import { randomFrom, shuffled } from '../../../base/random.js';
import type { Metric } from '../../../biometrics/distance.js';
import { project } from '../../../biometrics/head/apply-head.js';
import type { Crowd } from '../../../biometrics/head/crowd-context.js';
import type { Projection } from '../../../biometrics/head/head.js';
import { toUnitRows } from '../../../biometrics/statistics/unit-length.js';
import type { TrainingSet } from './training-plan.js';

export interface Places {
  /** Mean trunk vectors (of unit length before the mean, for cosine): [count, dimension]. */
  readonly means: Float32Array;
  readonly shares: Float32Array;
}

/** A mean of fewer people would reveal too much of each. */
const MIN_PEOPLE = 3;
const MAX_COUNT = 256;
const FACES_EACH = 12;
const ROUNDS = 6;

/**
 * k-means (Lloyd 1982) over the live faces, from places drawn at random.
 * @returns undefined when there are too few faces for as much as four places.
 */
export function placesOf(set: TrainingSet, trunk: Metric, seed: number): Places | undefined {
  const { dimension } = set;
  const rows = Array.from(set.people, (_, row) => row).filter((row) => set.sides?.[row] !== 0);
  const gathered = new Float32Array(rows.length * dimension);
  rows.forEach((row, i) => {
    gathered.set(set.vectors.subarray(row * dimension, (row + 1) * dimension), i * dimension);
  });
  const faces = trunk === 'cosine' ? Float32Array.from(toUnitRows(gathered, dimension).unit) : gathered;
  const count = Math.min(MAX_COUNT, Math.floor(rows.length / FACES_EACH));
  let means = new Float32Array(count * dimension);
  shuffled(
    rows.map((_, i) => i),
    randomFrom(seed),
  )
    .slice(0, count)
    .forEach((face, i) => {
      means.set(faces.subarray(face * dimension, (face + 1) * dimension), i * dimension);
    });
  let nearest = new Int32Array();
  for (let round = 0; round < ROUNDS; round += 1) {
    nearest = nearestOf(faces, means, dimension);
    means = meansOf(faces, nearest, means, dimension);
  }
  const people = Array.from({ length: count }, () => new Set<number>());
  const faceCounts = new Float64Array(count);
  nearest.forEach((place, i) => {
    people[place]?.add(set.people[rows[i] ?? -1] ?? -1);
    faceCounts[place] = (faceCounts[place] ?? 0) + 1;
  });
  const kept = people.flatMap(({ size }, place) => (size >= MIN_PEOPLE ? [place] : []));
  if (kept.length < 4) return undefined;
  const all = kept.reduce((sum, place) => sum + (faceCounts[place] ?? 0), 0);
  return {
    means: Float32Array.from(
      kept.flatMap((place) => [...means.subarray(place * dimension, (place + 1) * dimension)]),
    ),
    shares: Float32Array.from(kept, (place) => (faceCounts[place] ?? 0) / all),
  };
}

/** The places as a head sees them. @param live to unit length. */
export function crowdAt({ means, shares }: Places, live: Projection, sharpness: number): Crowd {
  const dimension = means.length / shares.length;
  // The means are of vectors that were of unit length where that is asked for; they themselves are not.
  const side: Projection = { ...live, unitInput: false };
  const projected = Array.from(shares, (_, place) =>
    project(side, means.subarray(place * dimension, (place + 1) * dimension)),
  );
  const columns = projected[0]?.length ?? 0;
  const data = new Float32Array(projected.length * columns);
  projected.forEach((vector, row) => {
    data.set(vector, row * columns);
  });
  return { places: { rows: projected.length, columns, data }, shares, sharpness };
}

function nearestOf(faces: Float32Array, means: Float32Array, dimension: number): Int32Array<ArrayBuffer> {
  const count = means.length / dimension;
  return Int32Array.from({ length: faces.length / dimension }, (_, face) => {
    let nearest = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let place = 0; place < count; place += 1) {
      let squared = 0;
      for (let i = 0; i < dimension; i += 1) {
        const away = (faces[face * dimension + i] as number) - (means[place * dimension + i] as number);
        squared += away * away;
      }
      if (squared < least) [nearest, least] = [place, squared];
    }
    return nearest;
  });
}

/** A place that is nearest to no face stays where it is. */
function meansOf(
  faces: Float32Array,
  nearest: Int32Array,
  before: Float32Array,
  dimension: number,
): Float32Array<ArrayBuffer> {
  const count = before.length / dimension;
  const sums = new Float64Array(before.length);
  const sizes = new Float64Array(count);
  nearest.forEach((place, face) => {
    sizes[place] = (sizes[place] ?? 0) + 1;
    for (let i = 0; i < dimension; i += 1)
      sums[place * dimension + i] =
        (sums[place * dimension + i] as number) + (faces[face * dimension + i] as number);
  });
  return Float32Array.from(sums, (sum, at) => {
    const size = sizes[Math.floor(at / dimension)] ?? 0;
    return size === 0 ? (before[at] ?? 0) : sum / size;
  });
}
