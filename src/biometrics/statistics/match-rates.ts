/** True match rate at a false match rate, with people weighed: the ground under every bootstrap. */
import type { PairScores } from './pair-scores.js';
import { sweep } from './sweep.js';

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
