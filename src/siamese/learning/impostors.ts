/** The distances of different people after a head: what its calibration is made of. */
import { distanceOf } from '../distance.js';
import { applyHead } from '../head/apply.js';
import type { Head } from '../head/head.js';
import { impostorPairs } from './enough.js';
import type { SidedPhoto } from './photo.js';

/** @param head learned: its distance is the euclidean one. Templates against live faces, or all against all. */
export function impostorDistances(
  head: Head,
  photos: readonly SidedPhoto[],
): { readonly impostors: Float32Array; readonly mated: number } {
  const projected = photos.map(({ person, side, embedding }) => ({
    person,
    side,
    vector: applyHead(head, side, embedding),
  }));
  const sided = photos.some(({ side }) => side === 'template');
  const impostors = new Float32Array(impostorPairs(photos, sided));
  let i = 0;
  let mated = 0;
  projected.forEach((a, first) => {
    for (let second = first + 1; second < projected.length; second += 1) {
      const b = projected[second];
      if (b === undefined || (sided && a.side === b.side)) continue;
      if (a.person === b.person) mated += 1;
      else impostors[i++] = distanceOf.euclidean(a.vector, b.vector);
    }
  });
  return { impostors, mated };
}
