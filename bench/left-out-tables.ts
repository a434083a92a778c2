/**
 * Does a calibration keep its promise on people that it was not made of, for one look and for three and five fused ones?
 *
 *   node --import tsx bench/left-out-tables.ts IMAGES PACK [MARGIN] [DEALS]
 *
 * Half of the people make the tables, as `twinstile calibrate --margin MARGIN` does; the other half is held against them; then anew
 * with other halves. A promise is kept where no more strangers are found within its distance than it allows. Beside it: of one track of
 * each person with enough photographs, how many are missed, where the looks must agree one by one, and where they are fused.
 */
import { randomFrom, shuffled } from '../src/base/random.js';
import { falseMatchRate } from '../src/base/units.js';
import { distanceAt } from '../src/biometrics/fmr.js';
import { fuseLooks, tableFor } from '../src/biometrics/fused-looks.js';
import type { CalibrationTable } from '../src/biometrics/model-card.js';
import { packsFolder } from '../src/biometrics/packs/pack-catalog.js';
import { type Probe, pairScores } from '../src/biometrics/statistics/pair-scores.js';
import { tracksOf } from '../src/lab/calibrate/fused-tables.js';
import { calibrate } from '../src/lab/calibrate/measure-calibration.js';
import { defaultCacheFolder, peoplePhotos } from '../src/lab/evaluate/acquire-photos.js';

const RATES = [1e-2, 1e-3, 1e-4, 1e-5];
const [images = '', pack = 'mobile', margin = '1', deals = '20'] = process.argv.slice(2);
const wishes = {
  pack,
  packFolder: packsFolder({ argument: undefined, env: process.env }),
  cacheFolder: defaultCacheFolder(process.env),
};
const { comparison, shown } = await peoplePhotos(images, wishes, new AbortController().signal);
const names = [...new Set(shown.map(({ person }) => person))];

interface Found {
  /** Found over allowed, of each deal. */
  readonly strangers: number[];
  readonly missed: { agree: number; fused: number; of: number };
}
const found = new Map<string, Found>();

for (let seed = 1; seed <= Number(deals); seed += 1) {
  const some = new Set(shuffled(names, randomFrom(seed)).slice(0, names.length / 2));
  const live = shown.filter(({ person }) => some.has(person));
  const others = shown.filter(({ person }) => !some.has(person));
  const { table } = calibrate({ comparison, live, extrapolate: false, seed, margin: Number(margin) });
  hold(table, 1, others, undefined);
  for (const looks of [3, 5]) {
    const fused = tableFor(table, looks);
    if (fused === undefined) continue;
    hold(fused, looks, others, tracksOf(others, looks, seed));
    miss(table, looks, others, seed);
  }
}
for (const [about, { strangers, missed }] of found) {
  const sorted = strangers.toSorted((a, b) => a - b);
  const kept = sorted.filter((ratio) => ratio <= 1).length;
  const misses =
    missed.of === 0
      ? ''
      : `; missed where all agree ${share(missed.agree, missed.of)}, fused ${share(missed.fused, missed.of)}`;
  process.stdout.write(
    `${pack}, margin ${margin}, ${about}: kept in ${kept} of ${sorted.length} deals, found/allowed median ${(sorted[sorted.length >> 1] ?? 0).toFixed(2)}, most ${(sorted.at(-1) ?? 0).toFixed(2)}${misses}\n`,
  );
}

function entry(looks: number, rate: number): Found {
  const about = `${looks === 1 ? '1 look' : `${looks} looks`}, FMR ${rate}`;
  const known = found.get(about) ?? { strangers: [], missed: { agree: 0, fused: 0, of: 0 } };
  found.set(about, known);
  return known;
}

/** @param tracks absent: the photographs against each other. */
function hold(
  table: CalibrationTable,
  looks: number,
  photos: readonly Probe[],
  tracks?: readonly Probe[],
): void {
  const { near, impostors } = pairScores(photos, tracks, comparison.metric, { share: 0.05 });
  for (const rate of RATES) {
    const at = distanceAt(table, falseMatchRate(rate)) ?? -1;
    const within = near.distances.filter((distance) => distance <= at).length;
    entry(looks, rate).strangers.push(within / (rate * impostors));
  }
}

function miss(table: CalibrationTable, looks: number, photos: readonly Probe[], seed: number): void {
  const own = new Map<string, Float32Array[]>();
  for (const { person, vector } of photos) own.set(person, [...(own.get(person) ?? []), vector]);
  const random = randomFrom(seed);
  const fusedTable = tableFor(table, looks) ?? table;
  for (const vectors of own.values()) {
    if (vectors.length <= looks) continue;
    const [template = new Float32Array(), ...more] = shuffled(vectors, random);
    const track = more.slice(0, looks);
    const farthest = Math.max(...track.map((one) => comparison.between(template, one)));
    const together = comparison.between(template, fuseLooks(track));
    for (const rate of RATES) {
      const { missed } = entry(looks, rate);
      missed.of += 1;
      if (!(farthest <= (distanceAt(table, falseMatchRate(rate)) ?? -1))) missed.agree += 1;
      if (!(together <= (distanceAt(fusedTable, falseMatchRate(rate)) ?? -1))) missed.fused += 1;
    }
  }
}

function share(count: number, of: number): string {
  return `${((100 * count) / of).toFixed(1)} % (${count} of ${of})`;
}
