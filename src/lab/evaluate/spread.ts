/** The distances of an evaluation, as a chart needs them: curve, histograms, worst pairs. */
import {
  type DetPoint,
  detCurve,
  equalErrorRate,
  type Histogram,
  histogramOf,
} from '../../biometrics/statistics/det.js';

export interface Spread {
  readonly det: readonly DetPoint[];
  readonly equalErrorRate?: number;
  readonly mated: Histogram;
  readonly impostors: Histogram;
}

/** Two photographs, by their names below the folder. */
export interface NamedPair {
  readonly a: string;
  readonly b: string;
  readonly distance: number;
}

/** What went worst: one person taken for two, and two for one. */
export interface WorstPairs {
  readonly mated: readonly NamedPair[];
  readonly impostors: readonly NamedPair[];
}

/** Enough to look through; the last of them is hardly worse than the next. */
export const WORST = 10;
const BINS = 120;
const CURVE_POINTS = 120;

export function spreadOf(mated: Float32Array, impostors: Float32Array): Spread {
  const det = detCurve(mated, impostors, CURVE_POINTS);
  const equal = equalErrorRate(det);
  let to = 0;
  for (const distances of [mated, impostors])
    for (const distance of distances) if (distance > to && distance < Number.POSITIVE_INFINITY) to = distance;
  const range = { from: 0, to: to > 0 ? to : 1 };
  return {
    det,
    equalErrorRate: equal,
    mated: histogramOf(mated, range, BINS),
    impostors: histogramOf(impostors, range, BINS),
  };
}
