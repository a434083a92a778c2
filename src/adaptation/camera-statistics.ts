/**
 * What a camera makes of faces, kept as sums only: no vector of a passer-by can be taken out again.
 *
 * One track gives one contribution, whatever its number of frames, and the caller weighs it by how often the same person
 * was seen, so that a few frequent people do not become "the site".
 */
import { TwinstileError } from '../base/errors.js';
import type { ModelDigest } from '../base/ids.js';
import type { ConditionCentre } from '../biometrics/conditions/condition-centre.js';

export interface CameraStatistics {
  /** The encoder whose trunk vectors were summed. */
  readonly encoder: ModelDigest;
  readonly dimension: number;
  readonly tracks: number;
  /** Sum of weights, and of their squares: (sum)^2 / squares is the effective number of equally weighted tracks. */
  readonly weight: number;
  readonly weightSquares: number;
  /** Sum of weight x track mean: [dimension]. */
  readonly sum: Float64Array;
  /** Sum of weight x outer product of the track mean: [dimension, dimension]. */
  readonly outer: Float64Array;
  /** Sum of the weights of tracks with several frames, and of their mean scatter about the track mean: [dimension, dimension]. */
  readonly withinWeight: number;
  readonly within: Float64Array;
}

export function noStatistics(encoder: ModelDigest, dimension: number): CameraStatistics {
  return {
    encoder,
    dimension,
    tracks: 0,
    weight: 0,
    weightSquares: 0,
    sum: new Float64Array(dimension),
    outer: new Float64Array(dimension * dimension),
    withinWeight: 0,
    within: new Float64Array(dimension * dimension),
  };
}

/** Weight of the n-th passage of one person, n from 1: hundred passages count for five, not for hundred (sum of 1/n). */
export const weightOfPassage = (nth: number): number => 1 / Math.max(1, nth);

/**
 * @param frames trunk vectors of one track. Vectors of another length or with a number that is not finite do not count; a track
 * without any is nothing.
 * @param weight above 0.
 */
export function withTrack(
  statistics: CameraStatistics,
  frames: readonly Float32Array[],
  weight = 1,
): CameraStatistics {
  const { dimension } = statistics;
  const usable = frames.filter((frame) => frame.length === dimension && frame.every(Number.isFinite));
  if (usable.length === 0 || !(weight > 0)) return statistics;
  const mean = new Float64Array(dimension);
  for (const frame of usable)
    for (let i = 0; i < dimension; i += 1) mean[i] = (mean[i] ?? 0) + (frame[i] ?? 0) / usable.length;
  const several = usable.length > 1;
  const within = Float64Array.from(statistics.within);
  if (several)
    for (const frame of usable) {
      const away = mean.map((value, i) => (frame[i] ?? 0) - value);
      // n - 1: the mean was taken from the same frames.
      addOuter(within, away, weight / (usable.length - 1));
    }
  const outer = Float64Array.from(statistics.outer);
  addOuter(outer, mean, weight);
  return {
    ...statistics,
    tracks: statistics.tracks + 1,
    weight: statistics.weight + weight,
    weightSquares: statistics.weightSquares + weight * weight,
    sum: statistics.sum.map((value, i) => value + weight * (mean[i] ?? 0)),
    outer,
    withinWeight: statistics.withinWeight + (several ? weight : 0),
    within,
  };
}

/** Adds two statistics of one encoder. @throws TwinstileError 'internal' for those of two encoders. */
export function added(a: CameraStatistics, b: CameraStatistics): CameraStatistics {
  if (a.encoder !== b.encoder || a.dimension !== b.dimension)
    throw new TwinstileError({
      code: 'internal',
      message: `Expected sums of the encoder ${a.encoder}, got some of ${b.encoder}.`,
    });
  const plus = (x: Float64Array, y: Float64Array): Float64Array => x.map((value, i) => value + (y[i] ?? 0));
  return {
    ...a,
    tracks: a.tracks + b.tracks,
    weight: a.weight + b.weight,
    weightSquares: a.weightSquares + b.weightSquares,
    sum: plus(a.sum, b.sum),
    outer: plus(a.outer, b.outer),
    withinWeight: a.withinWeight + b.withinWeight,
    within: plus(a.within, b.within),
  };
}

/** All weights become this share of themselves, 0..1; how many tracks there ever were stays. */
export function faded(statistics: CameraStatistics, share: number): CameraStatistics {
  const times = (values: Float64Array): Float64Array => values.map((value) => share * value);
  return {
    ...statistics,
    weight: share * statistics.weight,
    weightSquares: share * share * statistics.weightSquares,
    sum: times(statistics.sum),
    outer: times(statistics.outer),
    withinWeight: share * statistics.withinWeight,
    within: times(statistics.within),
  };
}

/** Effective sample size: the number of equally weighted tracks with the same information (Kish 1965). 0 when there is none. */
export const effectiveTracks = ({ weight, weightSquares }: CameraStatistics): number =>
  weightSquares > 0 ? (weight * weight) / weightSquares : 0;

/**
 * Returns the centre of all people who passed, for vectors of unit length: as many people as there are passages of equal weight.
 * @returns undefined where no person passed.
 */
export const centreOfPassages = (statistics: CameraStatistics): ConditionCentre | undefined =>
  statistics.weight > 0
    ? {
        mean: statistics.sum.map((value) => value / statistics.weight),
        people: effectiveTracks(statistics),
      }
    : undefined;

/** A centre is recomputed when its passages have become so many times as many, or as few: it moves in steps, and smoothly. */
const STEP = 1.25;

/** Rises with the passages' weight; 0 where there are none. Another one is another centre. */
export const centreStep = (statistics: CameraStatistics | undefined): number =>
  statistics === undefined || !(statistics.weight > 0)
    ? 0
    : 1 + Math.max(0, Math.floor(Math.log(effectiveTracks(statistics)) / Math.log(STEP)));

function addOuter(into: Float64Array, vector: Float64Array, weight: number): void {
  const size = vector.length;
  for (let i = 0; i < size; i += 1) {
    const scaled = weight * (vector[i] ?? 0);
    for (let j = 0; j < size; j += 1)
      into[i * size + j] = (into[i * size + j] ?? 0) + scaled * (vector[j] ?? 0);
  }
}

/** Sums of a camera over weeks: what is old fades, so that a new lamp is the camera after some weeks. */
export interface KeptSums {
  readonly statistics: CameraStatistics;
  /** Local day to which they are faded, "2026-11-25". */
  readonly day: string;
}

/** After so many days a passage counts half. */
export const HALF_LIFE_DAYS = 14;

const DAY_MS = 86_400_000;

/** @param day local, of the batch; one before that of the sums (a clock that was set back) fades nothing. */
export function withBatch(kept: KeptSums | undefined, batch: CameraStatistics, day: string): KeptSums {
  if (kept === undefined) return { statistics: batch, day };
  const days = Math.round((Date.parse(day) - Date.parse(kept.day)) / DAY_MS);
  const isLater = days > 0;
  const old = !isLater ? kept.statistics : faded(kept.statistics, 2 ** (-days / HALF_LIFE_DAYS));
  return { statistics: added(old, batch), day: isLater ? day : kept.day };
}
