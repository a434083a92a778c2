import { type Box, overlap } from '../frame/geometry.js';

/**
 * The best of each heap of boxes that mean the same face, best first (greedy non-maximum suppression).
 * @param maxOverlap two boxes that share more than this (intersection over union) are one face.
 */
export function suppressNonMaxima<Found extends { readonly box: Box; readonly score: number }>(
  found: readonly Found[],
  maxOverlap: number,
): readonly Found[] {
  const kept: Found[] = [];
  for (const candidate of found.toSorted((a, b) => b.score - a.score))
    if (kept.every(({ box }) => overlap(box, candidate.box) <= maxOverlap)) kept.push(candidate);
  return kept;
}
