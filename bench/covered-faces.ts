/**
 * What becomes of covered faces: who is told to be covered, who is wrongly told so, and what their vectors would match.
 *
 *   [TWINSTILE_SHARED=../shared] [PEOPLE=600] node --import tsx bench/covered-faces.ts [FOLDER] [PACK]
 *
 * Coverings are drawn on (draw-covering.ts) onto photographs of people by whom the rule was not made. A drawing is no mask: real ones have
 * to be tried beside it. Vectors are compared as if the rule were not there.
 */
import path from 'node:path';
import { falseMatchRate } from '../src/base/units.js';
import { distanceOf } from '../src/biometrics/distance.js';
import { distanceAt } from '../src/biometrics/fmr.js';
import { rateOf } from '../src/biometrics/statistics/clopper-pearson.js';
import { countsText, smallCountsText } from '../src/biometrics/statistics/rate-text.js';
import { skinToneOf, TONE_GROUPS, toneGroupOf } from '../src/lab/evaluate/skin-tone.js';
import { poseOf } from '../src/vision/detection/quality.js';
import { asTaken, type CoveringSample, coveringSamples } from './covering-samples.js';
import { isCoveredBy } from './draw-covering.js';
import { openFaceBench, type SeenFace } from './face-bench.js';

const [
  folder = path.join(process.env.TWINSTILE_SHARED ?? '../shared', 'faces/lfw-dev/images'),
  pack = 'mobile',
] = process.argv.slice(2);
const RATE = 1e-4;
/** Nose this far off the middle, in eye distances: about 20 degrees. */
const HALF_PROFILE = 0.22;

interface Taken extends Pick<CoveringSample, 'person' | 'covering' | 'cloth' | 'file'> {
  /** Absent where no face was found. */
  readonly seen?: SeenFace;
}

const bench = await openFaceBench(pack);
const landmarks = await openFaceBench('builtin');
const measure = distanceOf[bench.card.encoder.metric];
const { calibration } = bench.card;
const bound = (calibration && distanceAt(calibration, falseMatchRate(RATE))) ?? Number.NaN;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const most = Number(process.env.PEOPLE ?? 600);
const taken: Taken[] = [];
const people = new Set<string>();
const plan = {
  folder,
  part: 'examined',
  landmarks: landmarks.models,
  drawn: 2,
  photos: 2,
  drawnOn: 1,
} as const;
for await (const { pixels, ...sample } of coveringSamples(plan)) {
  people.add(sample.person);
  if (people.size > most) break;
  const picture = asTaken(pixels);
  taken.push({ ...sample, seen: await bench.look(picture) });
  picture.release();
  if (taken.length % 500 === 0) process.stderr.write(`${taken.length} pictures\n`);
}
const isTold = ({ seen }: Taken): boolean => seen?.problems.includes('face-covered') === true;
const plain = taken.filter(({ covering, seen }) => covering === 'none' && seen !== undefined);
const own = new Map<string, Taken[]>();
for (const one of plain) own.set(one.person, [...(own.get(one.person) ?? []), one]);
say(
  `pack ${pack}: ${taken.length} pictures of ${Math.min(most, people.size)} people, none of whom the rule was made on`,
);
refusals();
coverings();

/** Of photographs as they are: real sunglasses and hands among them count as wrongly told here. */
function refusals(): void {
  say(`as they are: told to be covered ${text(plain.filter(isTold).length, plain.length)}`);
  for (const group of TONE_GROUPS) {
    const those = plain.filter(
      ({ seen }) => seen !== undefined && toneGroupOf(skinToneOf(seen.chip)) === group,
    );
    say(`  ${group.padEnd(20)} ${text(those.filter(isTold).length, those.length)}`);
  }
  const turned = plain.filter(
    ({ seen }) => seen !== undefined && Math.abs(poseOf(seen.face.points).turn) > HALF_PROFILE,
  );
  say(`  ${'turned by 20 degrees'.padEnd(20)} ${text(turned.filter(isTold).length, turned.length)}`);
  for (const one of plain.filter(isTold)) if (process.env.VERBOSE) say(`  told: ${one.file}`);
}

/** Of drawn ones, by kind. */
function coverings(): void {
  for (const covering of [...new Set(taken.map((one) => one.covering))].filter((one) => one !== 'none')) {
    const those = taken.filter((one) => one.covering === covering);
    const found = those.filter(({ seen }) => seen !== undefined);
    const { mouth, eyes } = isCoveredBy(covering);
    say(
      `${covering.padEnd(18)} ${mouth || eyes ? 'covered' : 'free   '}: no face ${those.length - found.length} of ${those.length}; told ${text(found.filter(isTold).length, found.length)}; ${pairsOf(found)}`,
    );
  }
  const all = taken.filter(
    ({ covering, seen }) => seen !== undefined && Object.values(isCoveredBy(covering)).some(Boolean),
  );
  say(`all coverings: told ${text(all.filter(isTold).length, all.length)}; ${pairsOf(all)}`);
  const missed = all.filter((one) => !isTold(one));
  say(`those not told: ${pairsOf(missed)}`);
}

/** What the vectors would match: two people with a covering, and one person covered and free. */
function pairsOf(some: readonly Taken[]): string {
  const [both, mated] = [
    { matched: 0, of: 0 },
    { matched: 0, of: 0 },
  ];
  const isNear = (a: SeenFace, b: SeenFace): boolean => measure(a.vector, b.vector) <= bound;
  for (const [index, a] of some.entries()) {
    for (const b of some.slice(index + 1)) {
      if (a.person === b.person || a.seen === undefined || b.seen === undefined) continue;
      both.of += 1;
      if (isNear(a.seen, b.seen)) both.matched += 1;
    }
    for (const other of own.get(a.person) ?? []) {
      if (other.file === a.file || a.seen === undefined || other.seen === undefined) continue;
      mated.of += 1;
      if (isNear(a.seen, other.seen)) mated.matched += 1;
    }
  }
  return `two people match at ${RATE} in ${smallCountsText(rateOf(both.matched, both.of))}, the same person without it in ${text(mated.matched, mated.of)}`;
}

function text(errors: number, of: number): string {
  return countsText(rateOf(errors, of));
}
