/** Extends a calibration table below what its pairs support: only on request, and always marked as extrapolated. */
import { TwinstileError } from '../../base/errors.js';
import { randomFrom } from '../../base/random.js';
import { smallestRate } from '../fmr.js';
import type { CalibrationTable } from '../model-card.js';
import { drawnPeople, percentile } from './bootstrap.js';
import { type PairScores, totalPairs } from './pair-scores.js';

/** Of the impostor pairs: few enough to be a tail, and not more than add information. */
const TAIL_SHARE = 1e-3;
const MAX_PAIRS = 5000;
/** Fewer would be a guess about a guess: their bootstrap alone spans a factor of ten. */
const MIN_PAIRS = 200;
/** How far below the measured rates anything is promised: a tail is no oracle. */
const REACH = 10;
const REPLICATES = 500;
const STEPS = 24;
/** How many of the nearest impostor pairs the fit needs, of so many. */
export const tailShare = (impostorPairs: number): number =>
  Math.min(TAIL_SHARE, MAX_PAIRS / Math.max(1, impostorPairs));

/**
 * @param table measured on the same pairs. @param scores with at least `tailShare` of the impostor pairs.
 * @returns the table with rows below its smallest rate, each at the upper end of the one-sided 95 % interval by bootstrap
 * over people. Only distances below the nearest measured pair promise more: one person under two names costs it all.
 * @throws TwinstileError 'bad-arguments' with the numbers when the tail is too small.
 */
export function extrapolated(table: CalibrationTable, scores: PairScores, seed: number): CalibrationTable {
  const { near, impostors } = scores;
  const count = Math.min(near.distances.length - 1, Math.floor(TAIL_SHARE * impostors), MAX_PAIRS);
  if (count < MIN_PAIRS)
    throw unfit(
      `at least ${MIN_PAIRS} pairs in the nearest thousandth to extrapolate from`,
      `${Math.max(0, count)} of ${impostors}`,
      'Measure with photographs of more people.',
    );
  const from = near.distances[count] ?? Number.NaN;
  const tail = fitTail({ distances: near.distances.subarray(0, count), all: impostors }, from);
  if (tail === undefined)
    throw unfit('distances that differ', 'a tail of one distance', 'Look at the photographs.');
  const bound = upperEnd(scores, count, from, seed);
  const below = smallestRate(impostors);
  const smallest = below / REACH;
  const nearest = table.rows.find(({ distance }) => distance > 0)?.distance ?? from;
  const rows = rowsBelow(bound, { below, smallest, nearest });
  return {
    ...table,
    extrapolation: {
      below,
      smallest,
      method: 'generalised-pareto',
      from,
      tailPairs: count,
      shape: tail.shape,
      scale: tail.scale,
      replicates: REPLICATES,
    },
    rows: [...rows, ...table.rows.filter(({ distance }) => distance > 0)],
  };
}

/** What the tail promises at most, over bootstrap replicates on people, as a function of the distance. */
function upperEnd(
  scores: PairScores,
  count: number,
  from: number,
  seed: number,
): (distance: number) => number {
  const { near, photos, oneSet } = scores;
  const random = randomFrom(seed);
  const distances = near.distances.subarray(0, count);
  const tails: Tail[] = [];
  for (let replicate = 0; replicate < REPLICATES; replicate += 1) {
    const people = drawnPeople(photos.length, random);
    const weights = Float64Array.from(
      distances,
      (_, i) => (people[near.a[i] ?? -1] ?? 0) * (people[near.b[i] ?? -1] ?? 0),
    );
    const fitted = fitTail({ distances, weights, all: totalPairs(photos, oneSet, people) }, from);
    if (fitted !== undefined) tails.push(fitted);
  }
  return (distance) => percentile(Float64Array.from(tails, (tail) => rateIn(tail, distance)).sort(), 0.95);
}

/** Rising rows from distance 0 to just before the nearest measured pair. */
function rowsBelow(
  bound: (distance: number) => number,
  {
    below,
    smallest,
    nearest,
  }: { readonly below: number; readonly smallest: number; readonly nearest: number },
): CalibrationTable['rows'] {
  const rows: { distance: number; fmr: number }[] = [{ distance: 0, fmr: smallest }];
  for (let step = 0; step <= STEPS; step += 1) {
    const fmr = smallest * (below / smallest) ** (step / STEPS);
    const distance = Math.floor(1e6 * distanceFor(bound, fmr, nearest)) / 1e6;
    const before = rows.at(-1);
    if (before !== undefined && distance > before.distance && distance < nearest)
      rows.push({ distance, fmr: Math.min(below, Number(fmr.toPrecision(4))) });
  }
  return rows.map((row, i) => ({ ...row, fmr: Math.max(row.fmr, rows[i - 1]?.fmr ?? 0) }));
}

/** The largest distance, at most `nearest`, whose bound is no higher. */
function distanceFor(bound: (distance: number) => number, fmr: number, nearest: number): number {
  let low = 0;
  let high = nearest;
  if (bound(high) <= fmr) return high;
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    if (bound(middle) <= fmr) low = middle;
    else high = middle;
  }
  return low;
}

const unfit = (expected: string, got: string, hint: string): TwinstileError =>
  new TwinstileError({ code: 'bad-arguments', message: `Expected ${expected}, got ${got}.`, hint });

/**
 * Fits the tail of the impostor distances: how fast impostor pairs become rare as they come nearer.
 *
 * Beyond a distance that few pairs are under, the amount by which they are under it follows a generalised Pareto
 * distribution whatever the rest looks like (Balkema and de Haan 1974, Pickands 1975). Its shape is not let below 0, the
 * exponential: a lighter tail would promise that no impostor comes closer than some distance.
 */
interface Tail {
  /** Pairs nearer than this are the tail. */
  readonly from: number;
  /** Share of all impostor pairs that are, 0..1. */
  readonly share: number;
  /** 0 or more. */
  readonly shape: number;
  /** Above 0, in units of the distance. */
  readonly scale: number;
}

interface TailPairs {
  /** Nearer than `from`, rising. */
  readonly distances: Float32Array;
  /** How often each pair counts; absent: once. */
  readonly weights?: Float64Array;
  /** Of all impostor pairs, near and far, with equal weight. */
  readonly all: number;
}

/**
 * By probability-weighted moments (Hosking and Wallis 1987), which stay steady where maximum likelihood does not.
 * @returns undefined where the pairs have no spread to fit.
 */
export function fitTail({ distances, weights, all }: TailPairs, from: number): Tail | undefined {
  let total = 0;
  for (let i = 0; i < distances.length; i += 1) total += weights?.[i] ?? 1;
  let mean = 0;
  let low = 0;
  let before = 0;
  // The farthest first: the amount under `from` then rises.
  for (let i = distances.length - 1; i >= 0; i -= 1) {
    const weight = weights?.[i] ?? 1;
    const under = from - (distances[i] ?? Number.NaN);
    const place = (before + weight / 2) / total;
    mean += (weight * under) / total;
    low += (weight * (1 - place) * under) / total;
    before += weight;
  }
  const shape = 2 - mean / (mean - 2 * low);
  if (!(mean > 0) || !Number.isFinite(shape)) return undefined;
  const scale = (2 * mean * low) / (mean - 2 * low);
  // Where the shape is held at 0, the exponential's own scale is its mean.
  return { from, share: total / all, ...(shape > 0 ? { shape, scale } : { shape: 0, scale: mean }) };
}

/** @returns the share of impostor pairs that are at most this far apart; the tail's whole share from its edge on. */
export function rateIn({ from, share, shape, scale }: Tail, distance: number): number {
  const under = (from - distance) / scale;
  if (!(under > 0)) return share;
  return shape < 1e-9 ? share * Math.exp(-under) : share * (1 + shape * under) ** (-1 / shape);
}
