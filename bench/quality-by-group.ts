/**
 * Whom do the quality rules refuse, and whom does the encoder mistake or miss? By skin tone.
 *
 *   [TWINSTILE_SHARED=../shared] node --import tsx bench/quality-by-group.ts [FOLDER] [PACK]
 *
 * FOLDER has one subfolder for each person (lfw-dev by default). The tone is measured on the cheeks of the face itself (ITA, see
 * src/lab/evaluate/skin-tone.ts), which takes light and skin together: a failure to acquire is counted under the tone of that picture,
 * a false match or a miss under the median tone of the person's pictures. Intervals are exact (Clopper-Pearson, 95 %) and take pictures
 * and pairs for independent, which those of one person are not. Only people by whom no constant was set (covering-samples.ts).
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { falseMatchRate } from '../src/base/units.js';
import { distanceOf } from '../src/biometrics/distance.js';
import { distanceAt } from '../src/biometrics/fmr.js';
import { rateOf } from '../src/biometrics/statistics/clopper-pearson.js';
import { countsText, smallCountsText } from '../src/biometrics/statistics/rate-text.js';
import {
  type SkinTone,
  skinToneOf,
  TONE_GROUPS,
  type ToneGroup,
  toneGroupOf,
} from '../src/lab/evaluate/skin-tone.js';
import { photosByPerson } from '../src/records/enrollment/photo-folder.js';
import { decodePicture } from '../src/vision/opencv/opencv-picture.js';
import { partOf } from './covering-samples.js';
import { openFaceBench } from './face-bench.js';

const [
  folder = path.join(process.env.TWINSTILE_SHARED ?? '../shared', 'faces/lfw-dev/images'),
  pack = 'mobile',
] = process.argv.slice(2);
const bench = await openFaceBench(pack);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Taken {
  readonly person: string;
  readonly tone: SkinTone;
  readonly problems: readonly string[];
  readonly vector: Float32Array;
}

const taken: Taken[] = [];
let faceless = 0;
const photos = (await photosByPerson(folder)).filter(({ person }) => partOf(person) === 'examined');
for (const [index, { person, path: file }] of photos.entries()) {
  if (index % 500 === 0) process.stderr.write(`${index} of ${photos.length}\n`);
  const picture = decodePicture(readFileSync(file));
  const seen = await bench.look(picture);
  picture.release();
  if (seen === undefined) faceless += 1;
  else taken.push({ person, tone: skinToneOf(seen.chip), problems: seen.problems, vector: seen.vector });
}
say(
  `${photos.length} photographs, pack ${pack}; without a face, and so without a tone: ${countsText(rateOf(faceless, photos.length))}`,
);
acquisition();
comparisons();

/** Failures to acquire, by the tone of the picture. */
function acquisition(): void {
  const reasons = [...new Set(taken.flatMap(({ problems }) => problems))].toSorted();
  for (const group of TONE_GROUPS) {
    const those = taken.filter(({ tone }) => toneGroupOf(tone) === group);
    const refused = those.filter(({ problems }) => problems.length > 0).length;
    const each = reasons.map((reason) => {
      const count = those.filter(({ problems }) => problems.includes(reason)).length;
      return `${reason} ${countsText(rateOf(count, those.length))}`;
    });
    say(`${group.padEnd(12)} refused ${countsText(rateOf(refused, those.length))}; ${each.join('; ')}`);
  }
}

/** False matches among people of one group, and misses of its people, of what was acquired. */
function comparisons(): void {
  const good = taken.filter(({ problems }) => problems.length === 0);
  const groups = groupOfEach(good);
  const measure = distanceOf[bench.card.encoder.metric];
  const { calibration } = bench.card;
  if (calibration === undefined) return;
  for (const rate of [1e-3, 1e-4]) {
    const bound = distanceAt(calibration, falseMatchRate(rate)) ?? Number.NaN;
    for (const group of TONE_GROUPS) {
      const those = good.filter(({ person }) => groups.get(person) === group);
      const counts = { mated: 0, missed: 0, impostors: 0, matched: 0 };
      for (const [index, a] of those.entries())
        for (const b of those.slice(index + 1)) {
          const isNear = measure(a.vector, b.vector) <= bound;
          if (a.person === b.person) {
            counts.mated += 1;
            if (!isNear) counts.missed += 1;
          } else {
            counts.impostors += 1;
            if (isNear) counts.matched += 1;
          }
        }
      const people = new Set(those.map(({ person }) => person)).size;
      say(
        `${group.padEnd(12)} at ${rate}: ${people} people; false matches ${smallCountsText(rateOf(counts.matched, counts.impostors))}; misses ${countsText(rateOf(counts.missed, counts.mated))}`,
      );
    }
  }
}

/** By the median of a person's pictures: skin stays, light changes. */
function groupOfEach(some: readonly Taken[]): ReadonlyMap<string, ToneGroup> {
  const angles = new Map<string, number[]>();
  for (const { person, tone } of some) angles.set(person, [...(angles.get(person) ?? []), tone.angle]);
  return new Map(
    [...angles].map(([person, all]) => {
      const angle = all.toSorted((a, b) => a - b)[all.length >> 1] ?? Number.NaN;
      return [person, toneGroupOf({ angle, lightness: Number.NaN })];
    }),
  );
}
