/**
 * What several looks of a track are worth together: each way to fuse them at the same false match rate.
 *
 *   node --import tsx bench/fused-looks.ts IMAGES PACK [quality]
 *
 * IMAGES holds one folder of photographs per person. Tracks are put together from photographs: one is the template, three or five are
 * the looks; strangers are compared with one photograph of everybody else. Thresholds are those of the same people (which of the ways is
 * best is thereby seen, not what a table promises: bench/left-out-tables.ts). With `quality` each photograph is looked at once more.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { randomFrom, shuffled, wholeBelow } from '../src/base/random.js';
import { fuseLooks } from '../src/biometrics/fused-looks.js';
import { packsFolder } from '../src/biometrics/packs/pack-catalog.js';
import { openPacks } from '../src/biometrics/packs/pack-store.js';
import { percentile } from '../src/biometrics/statistics/bootstrap.js';
import { defaultCacheFolder, peoplePhotos } from '../src/lab/evaluate/acquire-photos.js';
import { recordingVisionSettings } from '../src/service/setup/vision-process.js';
import { byProminence } from '../src/vision/detection/face.js';
import { loadNetwork } from '../src/vision/onnx/onnx-network.js';
import { decodePicture } from '../src/vision/opencv/opencv-picture.js';
import { assessFace } from '../src/vision/pipeline/assess-quality.js';
import { findFacesAtSizes } from '../src/vision/pipeline/encode-photo.js';
import { loadModels } from '../src/vision/pipeline/load-models.js';

const DRAWS = 20;
const RATES = [1e-3, 1e-4];
const REPLICATES = 1000;
const BINS = 40_000;
const FARTHEST = 4;

const [images = '', pack = 'mobile', wish] = process.argv.slice(2);
const packFolder = packsFolder({ argument: undefined, env: process.env });
const wishes = { pack, packFolder, cacheFolder: defaultCacheFolder(process.env) };
const { shown, comparison } = await peoplePhotos(images, wishes, new AbortController().signal);
type Shown = (typeof shown)[number];
const own = new Map<string, Shown[]>();
for (const one of shown) own.set(one.person, [...(own.get(one.person) ?? []), one]);
const quality = wish === 'quality' ? await qualityOf(shown) : undefined;

/** From the distances of the looks and the looks themselves to one distance for each way. */
type Ways = Readonly<
  Record<string, (distances: readonly number[], template: Float32Array, track: Track) => number>
>;

interface Track {
  readonly person: string;
  readonly looks: readonly Shown[];
  readonly fused: Float32Array;
  readonly weighted: Float32Array | undefined;
}

const between = comparison.between;
const ways: Ways = {
  'one look': ([first]) => first ?? Number.NaN,
  'all agree': (distances) => Math.max(...distances),
  median: (distances) => distances.toSorted((a, b) => a - b)[distances.length >> 1] ?? Number.NaN,
  'mean distance': (distances) => distances.reduce((sum, one) => sum + one, 0) / distances.length,
  'mean vector': (_, template, { fused }) => between(template, fused),
  ...(quality === undefined
    ? {}
    : {
        'mean vector, weighted by quality': (
          _: readonly number[],
          template: Float32Array,
          { weighted, fused }: Track,
        ) => between(template, weighted ?? fused),
      }),
};

for (const looks of [3, 5]) tell(looks);

function tell(looks: number): void {
  const people = [...own].filter(([, photos]) => photos.length > looks).map(([person]) => person);
  const missed = new Map(Object.keys(ways).map((way) => [way, people.map((): number[] => [])]));
  const strangers = new Map(Object.keys(ways).map((way) => [way, new Float64Array(BINS)]));
  let pairs = 0;
  const random = randomFrom(1);
  for (let draw = 0; draw < DRAWS; draw += 1) {
    const dealt = new Map([...own].map(([person, photos]) => [person, shuffled(photos, random)]));
    for (const [i, person] of people.entries()) {
      const track = trackOf(person, (dealt.get(person) ?? []).slice(1, looks + 1));
      for (const [other, [template]] of dealt) {
        if (template === undefined) continue;
        const distances = track.looks.map(({ vector }) => between(template.vector, vector));
        if (other !== person) pairs += 1;
        for (const [way, measure] of Object.entries(ways)) {
          const distance = measure(distances, template.vector, track);
          if (other === person) missed.get(way)?.[i]?.push(distance);
          else {
            const bins = strangers.get(way) as Float64Array;
            const bin = Math.min(BINS - 1, Math.floor((distance / FARTHEST) * BINS));
            bins[bin] = (bins[bin] ?? 0) + 1;
          }
        }
      }
    }
  }
  say(
    `${pack}, ${looks} looks: ${people.length} people, ${DRAWS} draws, ${pairs} comparisons with strangers`,
  );
  for (const rate of RATES) {
    const misses = new Map(
      [...missed].map(([way, of]) => [
        way,
        missShares(of, thresholdOf(strangers.get(way) as Float64Array, rate * pairs)),
      ]),
    );
    const agreed = misses.get('all agree') ?? [];
    for (const [way, shares] of misses)
      say(`  FMR ${rate}: ${way.padEnd(34)} FNMR ${figures(shares, agreed)}`);
  }
}

function trackOf(person: string, looks: readonly Shown[]): Track {
  const vectors = looks.map(({ vector }) => vector);
  return {
    person,
    looks,
    fused: fuseLooks(vectors),
    weighted: quality === undefined ? undefined : weightedMean(looks),
  };
}

/** As fuseLooks, each look weighing as much as its quality. */
function weightedMean(looks: readonly Shown[]): Float32Array {
  const weights = looks.map(({ name }) => quality?.get(name) ?? 0);
  const all = weights.reduce((sum, one) => sum + one, 0);
  const scaled = looks.map(({ vector }, i) => vector.map((value) => (value * (weights[i] ?? 0)) / all));
  const length = (vector: Float32Array): number => Math.hypot(...vector);
  const mean = looks.reduce((sum, { vector }) => sum + length(vector), 0) / looks.length;
  const fused = fuseLooks(scaled);
  const now = length(fused);
  return fused.map((value) => (value / now) * mean);
}

/** The distance that so many strangers are nearer than. */
function thresholdOf(bins: Float64Array, allowed: number): number {
  let sum = 0;
  for (let bin = 0; bin < bins.length; bin += 1) {
    sum += bins[bin] ?? 0;
    if (sum > allowed) return (bin / BINS) * FARTHEST;
  }
  return FARTHEST;
}

function missShares(of: readonly (readonly number[])[], threshold: number): readonly number[] {
  return of.map(
    (distances) => distances.filter((distance) => !(distance < threshold)).length / distances.length,
  );
}

/** With 95 % intervals by bootstrap over people, and how much less it is than where all must agree, on the same replicates. */
function figures(shares: readonly number[], agreed: readonly number[]): string {
  const random = randomFrom(7);
  const rates = new Float64Array(REPLICATES);
  const ratios = new Float64Array(REPLICATES);
  for (let replicate = 0; replicate < REPLICATES; replicate += 1) {
    let [sum, base] = [0, 0];
    for (let i = 0; i < shares.length; i += 1) {
      const person = wholeBelow(shares.length, random);
      sum += shares[person] ?? 0;
      base += agreed[person] ?? 0;
    }
    rates[replicate] = sum / shares.length;
    ratios[replicate] = 1 - sum / base;
  }
  const mean = (of: readonly number[]): number => of.reduce((sum, one) => sum + one, 0) / of.length;
  const less = 1 - mean(shares) / mean(agreed);
  const range = (of: Float64Array): string => {
    const sorted = of.filter((one) => !Number.isNaN(one)).sort();
    return `${(100 * percentile(sorted, 0.025)).toFixed(1)} to ${(100 * percentile(sorted, 0.975)).toFixed(1)}`;
  };
  return `${(100 * mean(shares)).toFixed(2)} % (${range(rates)}), less than "all agree" by ${(100 * less).toFixed(0)} % (${range(ratios)})`;
}

/** The pipeline's own score of each photograph, by its name: size, how frontal, how sharp. */
async function qualityOf(photos: readonly Shown[]): Promise<ReadonlyMap<string, number>> {
  const settings = recordingVisionSettings(pack, packFolder);
  const models = await loadModels(await openPacks(packFolder).open(pack), loadNetwork, {
    threads: 1,
    provider: 'cpu',
  });
  const scores = new Map<string, number>();
  for (const { person, name } of photos) {
    if ((own.get(person)?.length ?? 0) < 4) continue;
    const picture = decodePicture(await readFile(path.join(images, name)));
    const [found] = byProminence(await findFacesAtSizes(picture, models, settings), picture);
    const rules = { minInterOcular: settings.minInterOcular, minScore: settings.detector.minScore };
    if (found !== undefined) scores.set(name, assessFace(picture, found, rules).qualityScore);
    picture.release();
  }
  return scores;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
