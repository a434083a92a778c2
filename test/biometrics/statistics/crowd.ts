/** People as points in space, and their photos as points around them: an evaluation of which the truth is known. */

import { normal, randomFrom } from '../../../src/base/random.js';
import type { Probe } from '../../../src/biometrics/statistics/pair-scores.js';

const DIMENSION = 6;

/** @param spread of a person's photos about the person; people are spread by 1. Same seed: same people, same directions. */
export function crowd(of: {
  readonly people: number;
  readonly photosOf: (person: number) => number;
  readonly spread: number;
  readonly seed: number;
}): readonly Probe[] {
  const random = randomFrom(of.seed);
  const point = (): readonly number[] => Array.from({ length: DIMENSION }, () => normal(random));
  return Array.from({ length: of.people }, (_, person) => {
    const middle = point();
    return Array.from({ length: of.photosOf(person) }, () => {
      const away = point();
      return {
        person: `p${person}`,
        vector: Float32Array.from(middle, (value, i) => value + of.spread * (away[i] ?? 0)),
      };
    });
  }).flat();
}
