/** A made-up site: people whose faces a camera covers with its own light. */

import { noStatistics, withTrack } from '../../src/adaptation/camera-statistics.js';
import { type ModelDigest, personId } from '../../src/base/ids.js';
import { normal, randomFrom } from '../../src/base/random.js';
import type { CalibrationTable } from '../../src/biometrics/model-card.js';

export const DIMENSION = 8;

/** The first two numbers are the light: strong, and nobody's own. */
export function siteOf(people: number, seed = 1) {
  const random = randomFrom(seed);
  return Array.from({ length: people }, (_, n) => {
    const own = Float32Array.from({ length: DIMENSION }, () => normal(random));
    const look = (): Float32Array =>
      own.map((value, i) => (i < 2 ? 5 + 3 * normal(random) : value + 0.25 * normal(random)));
    return { person: personId(`p${n}`), look };
  });
}

export type SitePerson = ReturnType<typeof siteOf>[number];

export const sumsOf = (encoder: ModelDigest, people: readonly SitePerson[]) =>
  people.reduce(
    (sums, { look }) => withTrack(sums, [look(), look(), look()]),
    noStatistics(encoder, DIMENSION),
  );

/** So coarse that every lane's rate is supported by the site's own pairs or not at all. */
export const siteTable = (impostorPairs: number): CalibrationTable => ({
  source: 'the pack',
  people: 1000,
  impostorPairs,
  matedPairs: 1,
  rows: [
    { distance: 0.5, fmr: 1e-6 },
    { distance: 2, fmr: 1e-2 },
    { distance: 9, fmr: 1 },
  ],
});
