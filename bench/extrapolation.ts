/**
 * Does an extrapolated table keep its word? Made of one fifth of the people, held against all the others.
 *
 * node --import tsx bench/extrapolation.ts IMAGES PACK
 */

import { randomFrom, shuffled } from '../src/base/random.js';
import { falseMatchRate } from '../src/base/units.js';
import { distanceAt } from '../src/biometrics/fmr.js';
import { packsFolder } from '../src/biometrics/packs/pack-catalog.js';
import { pairScores } from '../src/biometrics/statistics/pair-scores.js';
import { calibrate } from '../src/lab/calibrate/measure-calibration.js';
import { defaultCacheFolder, peoplePhotos } from '../src/lab/evaluate/acquire-photos.js';

const [images = '', pack = 'mobile'] = process.argv.slice(2);
const wishes = {
  pack,
  packFolder: packsFolder({ argument: undefined, env: process.env }),
  cacheFolder: defaultCacheFolder(process.env),
};
const { comparison, shown } = await peoplePhotos(images, wishes, new AbortController().signal);
const names = [...new Set(shown.map(({ person }) => person))];
for (const seed of [1, 2, 3, 4, 5]) {
  const some = new Set(shuffled(names, randomFrom(seed)).slice(0, names.length / 5));
  const made = calibrate({
    comparison,
    live: shown.filter(({ person }) => some.has(person)),
    extrapolate: true,
    seed,
  });
  const others = shown.filter(({ person }) => !some.has(person));
  const scores = pairScores(others, undefined, comparison.metric, { share: 1e-3 });
  const below = made.table.extrapolation?.below ?? Number.NaN;
  for (const fmr of [below, below / 3, below / 10]) {
    const at = distanceAt(made.table, falseMatchRate(fmr)) ?? Number.NaN;
    const seen = scores.near.distances.filter((distance) => distance <= at).length;
    const promised = fmr * scores.impostors;
    process.stdout.write(
      `seed ${seed}: ${fmr.toExponential(1)} from ${made.impostorPairs} pairs, distance ${at.toFixed(4)}: at most ${promised.toFixed(1)} of ${scores.impostors}, found ${seen}\n`,
    );
  }
}
