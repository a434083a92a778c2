/** Which of two heads is better, asked after each epoch: by people that neither teach nor are examined. */
import type { Metric } from '../../../biometrics/distance.js';
import { type Head, identityHead } from '../../../biometrics/head/head.js';
import { scoresOf } from '../../../biometrics/statistics/examine-head.js';
import { rateAt } from '../../../biometrics/statistics/sweep.js';
import { impostorPairs, type SidedPhoto } from '../../../biometrics/statistics/training-sets.js';
import { type Made, shapedAs } from './made.js';

const RATES = [1e-1, 1e-2, 1e-3, 1e-4];
/** With fewer false matches the threshold depends on single pairs, and the figure would follow chance. */
const EVENTS = 30;

/** @returns the true match rate at the smallest rate these people support, each person counting once: 0..1. */
export function heldOutTmrOf(
  photos: readonly SidedPhoto[],
  like: Head,
  trunk: Metric,
): (made: Made) => number {
  const { impostors } = scoresOf(identityHead(like.encoder, like.dimension), photos, trunk);
  const fmr = RATES.findLast((rate) => rate * impostors >= EVENTS) ?? 1e-1;
  // Few people are evaluated at a high rate, which is beyond the nearest pairs that an examination keeps.
  return (made) =>
    rateAt(scoresOf(shapedAs(made, like), photos, trunk, { share: 2 * fmr }), fmr, 'people')?.tmr ?? 0;
}

/**
 * Returns the distances of different people after a head, of which its calibration is made.
 * Templates against live faces, or all against all.
 */
export function impostorDistances(
  head: Head,
  photos: readonly SidedPhoto[],
  trunk: Metric,
): { readonly impostors: Float32Array; readonly mated: number } {
  const sided = photos.some(({ side }) => side === 'template');
  const impostors = new Float32Array(impostorPairs(photos, sided));
  let i = 0;
  const { mated } = scoresOf(head, photos, trunk, {
    onPair(distance, _a, _b, isMated) {
      if (!isMated) impostors[i++] = distance;
    },
  });
  return { impostors, mated: mated.distances.length };
}
