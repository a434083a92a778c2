/** True match rate at a false match rate, with people weighed: the ground under every bootstrap. */
import { type PairScores, totalPairs } from './pair-scores.js';

/**
 * 'pairs': every mated pair counts once, as ISO/IEC 19795-1 counts comparisons. 'people': every person counts once,
 * however many photos there are of it; a person with 500 photos has 125,000 pairs and would otherwise speak for all.
 */
export type Counting = 'pairs' | 'people';

export interface RateAt {
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
  const threshold = thresholdAt(scores, fmr, weights);
  return threshold === undefined
    ? undefined
    : { threshold, tmr: tmrAt(scores, threshold, counting, weights) };
}

/** The first impostor distance that no longer may match: whatever is nearer matches. */
export function thresholdAt(
  { near, photos, oneSet }: PairScores,
  fmr: number,
  weights?: Int32Array,
): number | undefined {
  // The small addend: 1e-4 times 30,000 pairs is 3, also where binary fractions make it 2.9999999999999996.
  const allowed = Math.floor(fmr * totalPairs(photos, oneSet, weights) + 1e-9);
  if (!(allowed >= 1)) return undefined;
  let sum = 0;
  for (let i = 0; i < near.distances.length; i += 1) {
    sum += weighed(weights, near.a[i]) * weighed(weights, near.b[i]);
    if (sum > allowed) return near.distances[i];
  }
  return undefined;
}

/** @returns the share of mated pairs nearer than `threshold`. */
export function tmrAt(
  { mated, photos, oneSet }: PairScores,
  threshold: number,
  counting: Counting,
  weights?: Int32Array,
): number {
  const pairsOf = (person: number): number => ownPairs(photos[person], oneSet);
  let all = 0;
  photos.forEach((_, person) => {
    const own = pairsOf(person);
    if (own > 0) all += weighed(weights, person) * (counting === 'people' ? 1 : own);
  });
  // From the farthest on: few are missed, and a bootstrap comes here thousands of times.
  let missed = 0;
  for (let i = 0; i < mated.distances.length; i += 1) {
    if ((mated.distances[i] ?? Number.NaN) < threshold) break;
    const person = mated.people[i] ?? -1;
    missed += weighed(weights, person) / (counting === 'people' ? pairsOf(person) : 1);
  }
  return (all - missed) / all;
}

const ownPairs = (of: PairScores['photos'][number] | undefined, oneSet: boolean): number => {
  const { template, live } = of ?? { template: 0, live: 0 };
  return oneSet ? (template * (template - 1)) / 2 : template * live;
};

/** @returns the share of impostor pairs nearer than `threshold`; undefined when it lies beyond the pairs that were kept. */
export function fmrAt(
  { near, photos, oneSet }: PairScores,
  threshold: number,
  weights?: Int32Array,
): number | undefined {
  const last = near.distances.at(-1);
  const total = totalPairs(photos, oneSet, weights);
  if (last === undefined || total === 0) return undefined;
  let sum = 0;
  for (let i = 0; i < near.distances.length; i += 1) {
    if (!((near.distances[i] ?? Number.NaN) < threshold)) return sum / total;
    sum += weighed(weights, near.a[i]) * weighed(weights, near.b[i]);
  }
  return threshold <= last ? sum / total : undefined;
}

const weighed = (weights: Int32Array | undefined, person: number | undefined): number =>
  weights === undefined ? 1 : (weights[person ?? -1] ?? 0);
