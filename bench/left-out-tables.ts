/**
 * Does a calibration keep its promise on people that it was not made of: for one look, for three and five that are fused, and for the
 * lane's rule, which lets in where all of them agree or where they are sure together at half the rate?
 *
 *   node --import tsx bench/left-out-tables.ts IMAGES PACK [MARGIN] [DEALS] [LEAVE-OUT]
 *
 * Half of the people make the tables, as `twinstile calibrate --margin MARGIN` does; the other half is held against them, tracks put
 * together from their photographs; then again with other halves. LEAVE-OUT lists people who are there under two names. A promise is kept where no more strangers are found within its distance
 * than it allows. Beside it: how many of the people with photographs enough are missed, one track of each in each deal.
 */
import { randomFrom, shuffled } from '../src/base/random.js';
import { falseMatchRate } from '../src/base/units.js';
import { distanceAt } from '../src/biometrics/fmr.js';
import { fuseLooks, tableFor } from '../src/biometrics/fused-looks.js';
import type { CalibrationTable } from '../src/biometrics/model-card.js';
import { packsFolder } from '../src/biometrics/packs/pack-catalog.js';
import { type Probe, pairScores } from '../src/biometrics/statistics/pair-scores.js';
import { readLeftOut, withoutPeople } from '../src/lab/calibrate/left-out-people.js';
import { calibrate } from '../src/lab/calibrate/measure-calibration.js';
import { defaultCacheFolder, peoplePhotos } from '../src/lab/evaluate/acquire-photos.js';

const RATES = [1e-2, 1e-3, 1e-4, 1e-5];
const [images = '', pack = 'mobile', margin = '1.5', deals = '20', leaveOut] = process.argv.slice(2);
const wishes = {
  pack,
  packFolder: packsFolder({ argument: undefined, env: process.env }),
  cacheFolder: defaultCacheFolder(process.env),
};
const { comparison, shown: all } = await peoplePhotos(images, wishes, new AbortController().signal);
const shown = leaveOut === undefined ? all : withoutPeople(all, await readLeftOut(leaveOut), leaveOut);
const names = [...new Set(shown.map(({ person }) => person))];

/** How a track is let in at one rate, from the farthest of its looks and from the looks together. */
type Rule = (farthest: number, together: number) => boolean;

interface Found {
  /** Strangers found over strangers allowed, of each deal. */
  readonly strangers: number[];
  missed: number;
  tracks: number;
}
const found = new Map<string, Found>();

for (let seed = 1; seed <= Number(deals); seed += 1) {
  const some = new Set(shuffled(names, randomFrom(seed)).slice(0, names.length / 2));
  const live = shown.filter(({ person }) => some.has(person));
  const others = shown.filter(({ person }) => !some.has(person));
  const { table } = calibrate({ comparison, live, extrapolate: false, seed, margin: Number(margin) });
  holdSingle(table, others);
  for (const looks of [3, 5]) holdTracks(table, looks, others, seed);
}
for (const [about, { strangers, missed, tracks }] of found) {
  const sorted = strangers.toSorted((a, b) => a - b);
  const kept = sorted.filter((ratio) => ratio <= 1).length;
  const misses =
    tracks === 0 ? '' : `; missed ${((100 * missed) / tracks).toFixed(1)} % (${missed} of ${tracks})`;
  process.stdout.write(
    `${pack}, margin ${margin}, ${about}: kept in ${kept} of ${sorted.length} deals, found/allowed median ${(sorted[sorted.length >> 1] ?? 0).toFixed(2)}, most ${(sorted.at(-1) ?? 0).toFixed(2)}${misses}\n`,
  );
}

function entry(about: string): Found {
  const known = found.get(about) ?? { strangers: [], missed: 0, tracks: 0 };
  found.set(about, known);
  return known;
}

function within(table: CalibrationTable, rate: number): number {
  return distanceAt(table, falseMatchRate(rate)) ?? -1;
}

function holdSingle(table: CalibrationTable, photos: readonly Probe[]): void {
  const { near, impostors } = pairScores(photos, undefined, comparison.metric, { share: 0.05 });
  for (const rate of RATES) {
    const at = within(table, rate);
    const count = near.distances.filter((distance) => distance <= at).length;
    entry(`1 look, FMR ${rate}`).strangers.push(count / (rate * impostors));
  }
}

/** Tracks of each person, each photograph in one at most; for the misses one track of each who has a photograph more. */
function holdTracks(table: CalibrationTable, looks: number, photos: readonly Probe[], seed: number): void {
  const fused = tableFor(table, looks);
  // Half of the people may be too few for a table of so many looks.
  if (fused === undefined) return;
  const rules: readonly (readonly [string, number, Rule])[] = RATES.flatMap((rate) => {
    const [single, whole, half] = [within(table, rate), within(fused, rate), within(fused, rate / 2)];
    return [
      [`${looks} looks, all agree, FMR ${rate}`, rate, (farthest) => farthest <= single],
      [`${looks} looks, fused, FMR ${rate}`, rate, (_, together) => together <= whole],
      [
        `${looks} looks, the lane, FMR ${rate}`,
        rate,
        (farthest, together) => farthest <= single || together <= half,
      ],
    ] as const;
  });
  const own = new Map<string, Float32Array[]>();
  for (const { person, vector } of photos) own.set(person, [...(own.get(person) ?? []), vector]);
  const random = randomFrom(seed);
  const matches = new Float64Array(rules.length);
  let pairs = 0;
  for (const [person, vectors] of own) {
    const mixed = shuffled(vectors, random);
    for (let from = 0; from + looks <= mixed.length; from += looks) {
      const track = mixed.slice(from, from + looks);
      const together = fuseLooks(track);
      for (const other of photos) {
        if (other.person === person) continue;
        pairs += 1;
        count(rules, matches, other.vector, { track, together });
      }
    }
    if (mixed.length <= looks) continue;
    const hits = new Float64Array(rules.length);
    const track = mixed.slice(1, looks + 1);
    count(rules, hits, mixed[0] as Float32Array, { track, together: fuseLooks(track) });
    rules.forEach(([about], i) => {
      const known = entry(about);
      known.tracks += 1;
      if (hits[i] === 0) known.missed += 1;
    });
  }
  rules.forEach(([about, rate], i) => {
    entry(about).strangers.push((matches[i] ?? 0) / (rate * pairs));
  });
}

function count(
  rules: readonly (readonly [string, number, Rule])[],
  into: Float64Array,
  template: Float32Array,
  { track, together }: { readonly track: readonly Float32Array[]; readonly together: Float32Array },
): void {
  let farthest = 0;
  for (const look of track) farthest = Math.max(farthest, comparison.between(template, look));
  const fused = comparison.between(template, together);
  rules.forEach(([, , lets], i) => {
    if (lets(farthest, fused)) into[i] = (into[i] ?? 0) + 1;
  });
}
