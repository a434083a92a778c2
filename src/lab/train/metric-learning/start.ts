/** Where learning begins: the trunk's own distances, or what sums over the training people give in closed form. */
import type { Metric } from '../../../biometrics/distance.js';
import type { Projection, Side } from '../../../biometrics/head/head.js';
import { identityMatrix, type Matrix, product } from '../../../biometrics/head/matrix.js';
import { inverseOf, shrunkWhitening } from '../../../biometrics/statistics/covariance.js';
import {
  addOuter,
  type CentredFace,
  centredFaces,
  type Faces,
  facesOf,
  rowsOn,
  through,
  vectorAt,
  withinCovariance,
} from './faces.js';
import type { SideProjections, TrainingSet } from './training-plan.js';

/** How far the scatter of the training people is shrunk to a round one: few samples show little of most directions. */
const TOTAL_SHRINKAGE = 0.5;
const WITHIN_SHRINKAGES = [0.5, 0.7];
/** How strongly the map from templates to live faces is held to changing nothing, in shares of the templates' variance. */
const HOLDS = [0.3, 1];

/**
 * Starting points, at least one; training takes the best of them on the stopping set.
 *
 * The first scales the trunk's vectors to a length of about 1, which is what margins are made for, and leaves their distances in
 * their order. The others look at directions only: as they are, with those reduced in which all people differ (whitening),
 * or with those in which one person differs from itself (within-class covariance normalisation, Hatch et al. 2006). With sides, each
 * has its own centre, and further ones map templates to the live faces of the same people.
 */
export function startsFor(set: TrainingSet, trunk: Metric): readonly [SideProjections, ...SideProjections[]] {
  const { dimension } = set;
  const unitInput = trunk === 'cosine';
  const live = facesOf(set, unitInput, 'live');
  const templates = set.sides === undefined ? undefined : facesOf(set, unitInput, 'template');
  const straight = identityMatrix(dimension, 1 / Math.sqrt(live.variance));
  const round = shrunkWhitening(covarianceOf(live, dimension), dimension, TOTAL_SHRINKAGE);
  const liveLooks = centredFaces(set, unitInput, 'live', live.centre);
  const side = (centre: Float64Array, linear: Matrix, unitOutput: boolean): Projection => ({
    unitInput,
    unitOutput,
    centre: Float32Array.from(centre),
    linear,
  });
  const both = (linear: Matrix, unitOutput: boolean, draw?: Matrix): SideProjections => {
    const ofLive = side(live.centre, linear, unitOutput);
    if (templates === undefined) return { template: ofLive, live: ofLive };
    const drawn = draw === undefined ? linear : product(linear, draw);
    return { template: side(templates.centre, drawn, unitOutput), live: ofLive };
  };
  const first = both(straight, false);
  if (templates === undefined) {
    const maps = [round, straight, ...steadied(liveLooks, dimension)];
    return [first, ...maps.map((linear) => both(linear, true))];
  }
  const templateLooks = centredFaces(set, unitInput, 'template', templates.centre);
  return [
    first,
    both(round, true),
    ...HOLDS.flatMap((hold) => {
      const draw = drawTo(set, { template: templates, live }, unitInput, hold);
      const observations = [...through(draw, templateLooks), ...liveLooks];
      return [
        both(straight, false, draw),
        ...[round, straight, ...steadied(observations, dimension)].map((linear) => both(linear, true, draw)),
      ];
    }),
  ];
}

/** Maps that reduce the variation within a person; none when every person has one photo only. */
function steadied(observations: readonly CentredFace[], dimension: number): readonly Matrix[] {
  const within = withinCovariance(observations, dimension);
  if (within === undefined || !within.some((value) => value !== 0)) return [];
  return WITHIN_SHRINKAGES.map((shrinkage) => shrunkWhitening(within, dimension, shrinkage));
}

function covarianceOf({ of }: Faces, size: number): Float64Array {
  const covariance = new Float64Array(size * size);
  for (const face of of.values()) addOuter(covariance, face, undefined, 1 / of.size);
  return covariance;
}

/**
 * Predicts linearly the live vector of a person from their template.
 * 1 + R, R the ridge regression of what a template lacks (live face minus template) on the template (Hoerl and Kennard 1970,
 * held to R = 0). A template whose own shot is among the live faces is drawn to that one, which differs by nothing but what made
 * the template worse; any other to its person's mean.
 * @param hold above 0, in shares of the templates' variance. @returns for vectors minus the centre of the templates.
 */
export function drawTo(
  set: TrainingSet,
  faces: Readonly<Record<Side, Faces>>,
  unitInput: boolean,
  hold: number,
): Matrix {
  const { dimension: size, people, shots } = set;
  const liveAt = new Map<number, number>();
  if (shots !== undefined) for (const row of rowsOn(set, 'live')) liveAt.set(shots[row] ?? -1, row);
  const minus = (vector: Float64Array, centre: Float64Array): Float64Array =>
    vector.map((value, i) => value - (centre[i] as number));
  const pairs = rowsOn(set, 'template').flatMap((row) => {
    const template = minus(vectorAt(set, row, unitInput), faces.template.centre);
    const same = liveAt.get(shots?.[row] ?? -1);
    const face =
      same === undefined
        ? faces.live.of.get(people[row] ?? -1)
        : minus(vectorAt(set, same, unitInput), faces.live.centre);
    return face === undefined ? [] : [{ template, lack: minus(face, template) }];
  });
  const own = new Float64Array(size * size);
  const across = new Float64Array(size * size);
  for (const { template, lack } of pairs) {
    addOuter(own, template, undefined, 1 / pairs.length);
    addOuter(across, lack, template, 1 / pairs.length);
  }
  let trace = 0;
  for (let i = 0; i < size; i += 1) trace += own[i * size + i] as number;
  for (let i = 0; i < size; i += 1) own[i * size + i] = (own[i * size + i] as number) + (hold * trace) / size;
  const inverse = { rows: size, columns: size, data: Float32Array.from(inverseOf(own, size)) };
  const { data } = product({ rows: size, columns: size, data: Float32Array.from(across) }, inverse);
  for (let i = 0; i < size; i += 1) data[i * size + i] = (data[i * size + i] as number) + 1;
  return { rows: size, columns: size, data };
}
