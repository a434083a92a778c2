/** The distances of different people after a head: what its calibration is made of. */
import type { Metric } from '../../../biometrics/distance.js';
import type { Head } from '../../../biometrics/head/head.js';
import { scoresOf } from '../../../biometrics/statistics/examine-head.js';
import { impostorPairs, type SidedPhoto } from '../../../biometrics/statistics/training-sets.js';

/** Templates against live faces, or all against all. */
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
