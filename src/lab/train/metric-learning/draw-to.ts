/** Predicts linearly the live vector of a person from their template. */

import type { Side } from '../../../biometrics/head/head.js';
import { type Matrix, product } from '../../../biometrics/head/matrix.js';
import { inverseOf } from '../../../biometrics/statistics/covariance.js';
import { type Faces, rowsOn, vectorAt } from './faces.js';
import type { TrainingSet } from './training-plan.js';
import { addOuter } from './within.js';

/**
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
