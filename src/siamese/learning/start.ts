/** Where learning begins: the trunk's own distances, or what sums over the training people give in closed form. */
import { inverseOf } from '../adaptation/cholesky.js';
import { shrunkWhitening } from '../adaptation/whitening.js';
import type { Metric } from '../distance.js';
import type { Projection } from '../head/head.js';
import { identityMatrix, type Matrix, product } from '../head/matrix.js';
import type { Sides, TrainingSet } from './plan.js';

/** Half of what the training people say of the covariance, half of what would be said without them. */
const SHRINKAGE = 0.5;
/** How strongly the map from templates to live faces is held to changing nothing, in shares of the templates' variance. */
const HOLDS = [0.3, 1, 3];

/**
 * Places to begin at, at least one; whoever learns asks the people that decide when to stop which is the best.
 * The first scales the trunk's vectors to a length of about 1, which is what margins are made for, and leaves their distances in
 * their order. Another turns down the directions in which everybody differs, and looks at directions only. With sides, each
 * has its own centre, and further ones draw templates over to where the live faces of the same people lie.
 */
export function startsFor(set: TrainingSet, trunk: Metric): readonly [Sides, ...Sides[]] {
  const { dimension } = set;
  const unitInput = trunk === 'cosine';
  const live = facesOf(set, unitInput, 1);
  const templates = set.sides === undefined ? live : facesOf(set, unitInput, 0);
  const straight = identityMatrix(dimension, 1 / Math.sqrt(live.variance));
  const round = shrunkWhitening(covarianceOf(live, dimension), dimension, SHRINKAGE);
  const sides = (linear: Matrix, unitOutput: boolean, draw?: Matrix): Sides => {
    const around = { unitInput, unitOutput };
    const ofLive: Projection = { ...around, centre: Float32Array.from(live.centre), linear };
    if (templates === live) return { template: ofLive, live: ofLive };
    const drawn = draw === undefined ? linear : product(linear, draw);
    return {
      template: { ...around, centre: Float32Array.from(templates.centre), linear: drawn },
      live: ofLive,
    };
  };
  const draws = templates === live ? [] : HOLDS.map((hold) => drawTo(templates, live, dimension, hold));
  return [
    sides(straight, false),
    sides(round, true),
    ...draws.flatMap((draw) => [
      sides(straight, false, draw),
      sides(straight, true, draw),
      sides(round, true, draw),
    ]),
  ];
}

interface Faces {
  /** Mean vector of each person, minus the centre: however many photographs there are of a person, it counts once. */
  readonly of: ReadonlyMap<number, Float64Array>;
  readonly centre: Float64Array;
  /** Mean squared length about the centre. */
  readonly variance: number;
}

function facesOf({ vectors, dimension, people, sides }: TrainingSet, unitInput: boolean, side: 0 | 1): Faces {
  const sums = new Map<number, { readonly sum: Float64Array; count: number }>();
  people.forEach((person, row) => {
    if (sides !== undefined && sides[row] !== side) return;
    const vector = vectors.subarray(row * dimension, (row + 1) * dimension);
    const length = unitInput ? Math.hypot(...vector) : 1;
    const own = sums.get(person) ?? { sum: new Float64Array(dimension), count: 0 };
    own.count += 1;
    for (let i = 0; i < dimension; i += 1) own.sum[i] = (own.sum[i] ?? 0) + (vector[i] ?? 0) / length;
    sums.set(person, own);
  });
  const centre = new Float64Array(dimension);
  for (const { sum, count } of sums.values())
    for (let i = 0; i < dimension; i += 1) centre[i] = (centre[i] ?? 0) + (sum[i] ?? 0) / count / sums.size;
  const of = new Map<number, Float64Array>();
  let variance = 0;
  for (const [person, { sum, count }] of sums) {
    const away = sum.map((value, i) => value / count - (centre[i] ?? 0));
    of.set(person, away);
    for (const value of away) variance += (value * value) / sums.size;
  }
  return { of, centre, variance };
}

function covarianceOf({ of }: Faces, size: number): Float64Array {
  const covariance = new Float64Array(size * size);
  for (const face of of.values()) addOuter(covariance, face, face, 1 / of.size);
  return covariance;
}

/**
 * 1 + R, R the ridge regression of what a template lacks (live face minus template) on the template: the linear guess
 * of where the same person's live face lies (Hoerl and Kennard 1970, held to R = 0).
 */
function drawTo(templates: Faces, live: Faces, size: number, hold: number): Matrix {
  const own = new Float64Array(size * size);
  const across = new Float64Array(size * size);
  const both = [...templates.of].flatMap(([person, template]) => {
    const face = live.of.get(person);
    return face === undefined ? [] : [{ template, lack: face.map((value, i) => value - (template[i] ?? 0)) }];
  });
  for (const { template, lack } of both) {
    addOuter(own, template, template, 1 / both.length);
    addOuter(across, lack, template, 1 / both.length);
  }
  for (let i = 0; i < size; i += 1)
    own[i * size + i] = (own[i * size + i] ?? 0) + (hold * templates.variance) / size;
  const inverse = { rows: size, columns: size, data: Float32Array.from(inverseOf(own, size)) };
  const { data } = product({ rows: size, columns: size, data: Float32Array.from(across) }, inverse);
  for (let i = 0; i < size; i += 1) data[i * size + i] = (data[i * size + i] ?? 0) + 1;
  return { rows: size, columns: size, data };
}

function addOuter(into: Float64Array, a: Float64Array, b: Float64Array, weight: number): void {
  const size = a.length;
  for (let i = 0; i < size; i += 1)
    for (let j = 0; j < size; j += 1)
      into[i * size + j] = (into[i * size + j] ?? 0) + weight * (a[i] ?? 0) * (b[j] ?? 0);
}
