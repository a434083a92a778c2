/**
 * Computes true match rates at false match rates, with people weighed: the ground under every bootstrap.
 *
 * Many figures of one weighting come from two walks over the pairs, because a bootstrap needs all of them a thousand times.
 */
import { countBelow } from './det.js';
import { type PairScores, totalPairs } from './pair-scores.js';

/**
 * 'pairs': every mated pair counts once, as ISO/IEC 19795-1 counts comparisons. 'people': every person counts once,
 * however many photos there are of it; a person with 500 photos has 125,000 pairs and would otherwise dominate.
 */
export type Counting = 'pairs' | 'people';

interface RateAt {
  readonly threshold: number;
  /** 0..1; NaN without mated pairs. */
  readonly tmr: number;
}

/**
 * @param weights how often each person counts; absent: once. Copies of one person are not compared with each other.
 * @returns undefined when not one impostor pair may match at this rate, or when too few pairs were kept to see it.
 */
export function rateAt(
  scores: PairScores,
  fmr: number,
  counting: Counting,
  weights?: Int32Array,
): RateAt | undefined {
  const { thresholds, ...tmrs } = sweep(scores, { fmrs: [fmr], fixed: [] }, weights);
  const threshold = known(thresholds[0]);
  return threshold === undefined ? undefined : { threshold, tmr: tmrs[WAYS[counting]][0] ?? Number.NaN };
}

/** The first impostor distance that no longer may match: whatever is nearer matches. */
export const thresholdAt = (scores: PairScores, fmr: number, weights?: Int32Array): number | undefined =>
  known(sweep(scores, { fmrs: [fmr], fixed: [] }, weights).thresholds[0]);

/** @returns the share of mated pairs nearer than `threshold`. */
export const tmrAt = (
  scores: PairScores,
  threshold: number,
  counting: Counting,
  weights?: Int32Array,
): number => sweep(scores, { fmrs: [], fixed: [threshold] }, weights)[WAYS[counting]][0] ?? Number.NaN;

/** @returns the share of impostor pairs nearer than `threshold`; undefined when it is beyond the pairs that were kept. */
export const fmrAt = (scores: PairScores, threshold: number, weights?: Int32Array): number | undefined =>
  known(sweep(scores, { fmrs: [], fixed: [threshold] }, weights).fmrs[0]);

/** Field of a sweep for each way of counting. */
const WAYS = { pairs: 'tmrByPairs', people: 'tmrByPeople' } as const;

const known = (value: number | undefined): number | undefined =>
  value === undefined || Number.isNaN(value) ? undefined : value;

/** Pairs weighed without a check of the sum. */
const STRIDE = 64;

/** 0..1 each; NaN where the pairs that were kept cannot show it. */
export interface Sweep {
  /** For each FMR asked: the first impostor distance that no longer may match. */
  readonly thresholds: Float64Array;
  /** For each of them, then for each fixed threshold: every mated pair counts once. */
  readonly tmrByPairs: Float64Array;
  /** Every person counts once. */
  readonly tmrByPeople: Float64Array;
  /** For each fixed threshold: the share of impostor pairs that are nearer. */
  readonly fmrs: Float64Array;
}

export interface SweepRequest {
  /** Each 0..1. */
  readonly fmrs: readonly number[];
  /** Fixed thresholds. */
  readonly fixed: readonly number[];
}

/** @param weights how often each person counts; absent: once. Copies of one person are not compared with each other. */
export function sweep(scores: PairScores, { fmrs, fixed }: SweepRequest, weights?: Int32Array): Sweep {
  const weight = weights ?? new Int32Array(scores.photos.length).fill(1);
  const { thresholds, matched } = walkImpostors(scores, { fmrs, fixed }, weight);
  const all = Float64Array.of(...thresholds, ...fixed);
  return { thresholds, ...walkMated(scores, all, weight), fmrs: matched };
}

function walkImpostors(
  { near, photos, oneSet }: PairScores,
  { fmrs, fixed }: SweepRequest,
  weight: Int32Array,
): { readonly thresholds: Float64Array; readonly matched: Float64Array } {
  const { distances, a, b } = near;
  const thresholds = new Float64Array(fmrs.length).fill(Number.NaN);
  const matched = new Float64Array(fixed.length).fill(Number.NaN);
  const total = totalPairs(photos, oneSet, weight);
  // The small addend: 1e-4 times 30,000 pairs is 3, also where binary fractions make it 2.9999999999999996.
  const allowed = fmrs.map((fmr) => Math.floor(fmr * total + 1e-9));
  const rates = placesBy(allowed).filter((place) => (allowed[place] ?? 0) >= 1);
  let rate = 0;
  let sum = 0;
  let i = 0;
  /** Weighs the pairs before `end`, and finds each threshold on the way. */
  const walkTo = (end: number): void => {
    while (i < end) {
      const next = allowed[rates[rate] ?? -1] ?? Number.POSITIVE_INFINITY;
      // A stride at a time while it contains no threshold; then pair by pair up to the threshold.
      const stop = Math.min(end, i + STRIDE);
      let reached = sum;
      for (let j = i; j < stop; j += 1)
        reached += (weight[a[j] as number] as number) * (weight[b[j] as number] as number);
      if (reached <= next) {
        sum = reached;
        i = stop;
        continue;
      }
      while (sum <= next) {
        sum += (weight[a[i] as number] as number) * (weight[b[i] as number] as number);
        i += 1;
      }
      const distance = distances[i - 1] as number;
      // Rates so close that one pair takes both over.
      while (sum > (allowed[rates[rate] ?? -1] ?? Number.POSITIVE_INFINITY)) {
        thresholds[rates[rate] ?? -1] = distance;
        rate += 1;
      }
    }
  };
  // Up to the farthest pair that was kept all is known; beyond it nothing.
  const last = distances.at(-1) ?? Number.NaN;
  for (const place of placesBy(fixed)) {
    const threshold = fixed[place] ?? Number.NaN;
    if (!(threshold <= last)) continue;
    walkTo(countBelow(distances, threshold));
    matched[place] = sum / total;
  }
  while (rate < rates.length && i < distances.length) walkTo(Math.min(distances.length, i + STRIDE));
  return { thresholds, matched };
}

function walkMated(
  { mated, photos, oneSet }: PairScores,
  thresholds: Float64Array,
  weight: Int32Array,
): Pick<Sweep, 'tmrByPairs' | 'tmrByPeople'> {
  const { distances, people } = mated;
  const share = new Float64Array(photos.length);
  let allPairs = 0;
  let allPeople = 0;
  photos.forEach((of, person) => {
    const own = ownPairs(of, oneSet);
    if (own === 0) return;
    const times = weight[person] as number;
    share[person] = times / own;
    allPairs += times * own;
    allPeople += times;
  });
  const tmrByPairs = new Float64Array(thresholds.length).fill(Number.NaN);
  const tmrByPeople = new Float64Array(thresholds.length).fill(Number.NaN);
  const places = placesBy(thresholds).reverse();
  let missedPairs = 0;
  let missedPeople = 0;
  let i = 0;
  // From the farthest on: few are missed.
  for (const place of places) {
    const threshold = thresholds[place] as number;
    while (i < distances.length && !((distances[i] as number) < threshold)) {
      const person = people[i] as number;
      missedPairs += weight[person] as number;
      missedPeople += share[person] as number;
      i += 1;
    }
    tmrByPairs[place] = (allPairs - missedPairs) / allPairs;
    tmrByPeople[place] = (allPeople - missedPeople) / allPeople;
  }
  return { tmrByPairs, tmrByPeople };
}

const ownPairs = ({ template, live }: PairScores['photos'][number], oneSet: boolean): number =>
  oneSet ? (template * (template - 1)) / 2 : template * live;

/** Places of the numbers, the lowest first; NaN has none. */
const placesBy = (numbers: ArrayLike<number>): number[] =>
  Array.from(numbers, (number, place) => ({ number, place }))
    .filter(({ number }) => !Number.isNaN(number))
    .sort((x, y) => x.number - y.number)
    .map(({ place }) => place);
