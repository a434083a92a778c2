/**
 * Whom does too little or too much light cost what: what recognition loses beside what the rules refuse, by skin tone.
 *
 *   [TWINSTILE_SHARED=../shared] [PEOPLE=40] node --import tsx bench/light-by-tone.ts [FOLDER] [PACK]
 *
 * Photographs of people with several, as many of each tone (ITA of the person's pictures), are darkened in linear light with the noise of a
 * sensor (shot noise of `well` electrons at full scale, read noise of 4), with and without automatic gain, or overexposed, and go
 * through JPEG 90. Each is compared with the person's other pictures as they are, and with the darkened pictures of the others. Only
 * people by whom no constant was set (the part 'examined', covering-samples.ts).
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { falseMatchRate } from '../src/base/units.js';
import { distanceOf } from '../src/biometrics/distance.js';
import { distanceAt } from '../src/biometrics/fmr.js';
import { type Rate, rateOf } from '../src/biometrics/statistics/clopper-pearson.js';
import { countsText, smallCountsText } from '../src/biometrics/statistics/rate-text.js';
import { skinToneOf, TONE_GROUPS, type ToneGroup, toneGroupOf } from '../src/lab/evaluate/skin-tone.js';
import { photosByPerson } from '../src/records/enrollment/photo-folder.js';
import { decodePicture } from '../src/vision/opencv/opencv-picture.js';
import { asTaken, partOf, pixelsOf } from './covering-samples.js';
import type { Pixels } from './draw-covering.js';
import { openFaceBench } from './face-bench.js';

/** sRGB, IEC 61966-2-1. */
const LINEAR = Float64Array.from({ length: 256 }, (_, value) => {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
});

interface Light {
  /** As a share of the photograph's own. */
  readonly light: number;
  /** Electrons of a pixel at full scale. */
  readonly well: number;
  /** Automatic gain brings the brightness back, with the noise. */
  readonly gain: boolean;
}

const LIGHTS: readonly Light[] = [
  { light: 1, well: 20_000, gain: false },
  { light: 1 / 8, well: 2000, gain: false },
  { light: 1 / 16, well: 20_000, gain: false },
  { light: 1 / 16, well: 2000, gain: false },
  { light: 1 / 32, well: 2000, gain: false },
  { light: 1 / 64, well: 2000, gain: false },
  { light: 1 / 8, well: 2000, gain: true },
  { light: 1 / 32, well: 2000, gain: true },
  { light: 8, well: 20_000, gain: false },
];
const RATE = 1e-4;
/** Luminance below which the brightest tenth of a face was refused as too dark before. */
const HIGHLIGHTS_BEFORE = 60;

const [
  folder = path.join(process.env.TWINSTILE_SHARED ?? '../shared', 'faces/lfw-dev/images'),
  pack = 'mobile',
] = process.argv.slice(2);
const bench = await openFaceBench(pack);
const measure = distanceOf[bench.card.encoder.metric];
if (bench.card.calibration === undefined) throw new Error(`pack ${pack} has no table`);
const bound = distanceAt(bench.card.calibration, falseMatchRate(RATE)) ?? Number.NaN;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Someone {
  readonly person: string;
  readonly tone: ToneGroup;
  /** File of the picture that is darkened. */
  readonly probe: string;
  /** Of the others, as they are. */
  readonly templates: readonly Float32Array[];
}

interface Outcome {
  readonly person: string;
  readonly tone: ToneGroup;
  /** Absent where no face was found. */
  readonly vector?: Float32Array;
  readonly refused: boolean;
  readonly refusedBefore: boolean;
  /** Of the person's templates, how many do not match. */
  readonly missed: number;
  readonly compared: number;
}

const people = await choose(Number(process.env.PEOPLE ?? 40));
say(
  `pack ${pack}; ${TONE_GROUPS.map((tone) => `${tone} ${people.filter((one) => one.tone === tone).length}`).join(', ')} people`,
);
for (const light of LIGHTS) {
  const outcomes: Outcome[] = [];
  for (const [index, one] of people.entries()) outcomes.push(await outcomeOf(one, light, index));
  tell(light, outcomes);
}

function tell({ light, well, gain }: Light, outcomes: readonly Outcome[]): void {
  say(`light ${light < 1 ? `1/${1 / light}` : light}, ${well} electrons${gain ? ', gained up' : ''}`);
  for (const tone of TONE_GROUPS) {
    const those = outcomes.filter((one) => one.tone === tone);
    const found = those.filter((one) => one.vector !== undefined);
    const missed = (some: readonly Outcome[]): Rate =>
      rateOf(
        some.reduce((sum, one) => sum + one.missed, 0),
        some.reduce((sum, one) => sum + one.compared, 0),
      );
    const refused = found.filter((one) => one.refused);
    say(
      `  ${tone.padEnd(12)} no face ${those.length - found.length}; refused ${refused.length} of ${found.length}, by brightness before ${found.filter((one) => one.refusedBefore).length}; missed of those taken ${countsText(missed(found.filter((one) => !one.refused)))}, of those refused ${countsText(missed(refused))}`,
    );
  }
  say(
    `  false matches among those taken at ${RATE}: ${impostorsAmong(outcomes.filter((one) => !one.refused))}`,
  );
}

function impostorsAmong(taken: readonly Outcome[]): string {
  let [matched, pairs] = [0, 0];
  for (const [index, a] of taken.entries())
    for (const b of taken.slice(index + 1)) {
      if (a.vector === undefined || b.vector === undefined) continue;
      pairs += 1;
      if (measure(a.vector, b.vector) <= bound) matched += 1;
    }
  return smallCountsText(rateOf(matched, pairs));
}

async function outcomeOf(
  { person, tone, probe, templates }: Someone,
  light: Light,
  seed: number,
): Promise<Outcome> {
  const picture = asTaken(underLight(pixelsOf(probe), light, seed), 90);
  const seen = await bench.look(picture);
  picture.release();
  if (seen === undefined)
    return { person, tone, refused: false, refusedBefore: false, missed: 0, compared: 0 };
  return {
    person,
    tone,
    vector: seen.vector,
    refused: seen.problems.includes('too-dark') || seen.problems.includes('too-bright'),
    refusedBefore: highlightsOf(seen.chip) < HIGHLIGHTS_BEFORE,
    missed: templates.filter((template) => !(measure(template, seen.vector) <= bound)).length,
    compared: templates.length,
  };
}

/** As a camera would have taken it. */
function underLight({ data, width, height }: Pixels, { light, well, gain }: Light, seed: number): Pixels {
  const normal = normalNumbers(seed + 1);
  const read = 4 / well;
  const shot = Uint8Array.from(data, (value) => {
    const share = LINEAR[value] ?? 0;
    const lit = share * light;
    const seen = lit + Math.sqrt(lit / well + read * read) * normal();
    return levelOf(gain ? seen / light : seen);
  });
  return { data: shot, width, height };
}

function levelOf(linear: number): number {
  const share = Math.max(0, Math.min(1, linear));
  return Math.round(255 * (share <= 0.0031308 ? 12.92 * share : 1.055 * share ** (1 / 2.4) - 0.055));
}

/** Of the normal distribution (Box and Muller 1958), another sequence for another seed. */
function normalNumbers(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1);
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Luminance that a tenth of the chip's pixels is above. */
function highlightsOf(chip: Uint8Array): number {
  const values = Float32Array.from({ length: chip.length / 3 }, (_, index) => {
    const at = index * 3;
    return 0.114 * (chip[at] ?? 0) + 0.587 * (chip[at + 1] ?? 0) + 0.299 * (chip[at + 2] ?? 0);
  });
  return values.sort()[Math.floor(values.length * 0.9)] ?? 0;
}

/** The same number of people of each tone, or all there are. */
async function choose(most: number): Promise<readonly Someone[]> {
  const files = new Map<string, string[]>();
  for (const { person, path: file } of await photosByPerson(folder))
    if (partOf(person) === 'examined') files.set(person, [...(files.get(person) ?? []), file]);
  const chosen: Someone[] = [];
  for (const [person, [probe, ...others]] of files) {
    if (probe === undefined || others.length === 0) continue;
    const looks = [];
    for (const file of [probe, ...others.slice(0, 3)]) {
      const picture = decodePicture(readFileSync(file));
      const seen = await bench.look(picture);
      picture.release();
      if (seen !== undefined) looks.push({ tone: skinToneOf(seen.chip), vector: seen.vector });
    }
    const angle = looks.map(({ tone }) => tone.angle).toSorted((a, b) => a - b)[looks.length >> 1] ?? 0;
    const tone = toneGroupOf({ angle, lightness: Number.NaN });
    if (looks.length < 2 || chosen.filter((one) => one.tone === tone).length >= most) continue;
    chosen.push({ person, tone, probe, templates: looks.slice(1).map(({ vector }) => vector) });
  }
  return chosen;
}
