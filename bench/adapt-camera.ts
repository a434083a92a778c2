/**
 * What adaptation to a camera is worth, one person left out at a time: statistics come from the passages of all others.
 *
 *   node --import tsx bench/adapt-camera.ts FRAMES IDENTITIES.csv PACK
 *
 * FRAMES holds one subfolder of pictures per clip; the CSV names each clip (file) and its person (identity).
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { noStatistics, withTrack } from '../src/adaptation/camera-statistics.js';
import { type Adaptation, adaptFrom } from '../src/adaptation/train-adaptation.js';
import { cosine, distanceOf } from '../src/biometrics/distance.js';
import { project } from '../src/biometrics/head/apply-head.js';
import { digestOf, type ModelCard } from '../src/biometrics/model-card.js';
import { packsFolder } from '../src/biometrics/packs/pack-catalog.js';
import { matchRatesAt } from '../src/biometrics/statistics/verification-rates.js';
import { acquirePhotos, defaultCacheFolder } from '../src/lab/evaluate/acquire-photos.js';
import { photosByPerson } from '../src/records/enrollment/photo-folder.js';

interface Frame {
  readonly clip: string;
  readonly person: string;
  readonly vector: Float32Array;
}

const [folder = '', identities = '', pack = 'mobile'] = process.argv.slice(2);
const { card, frames } = await framesOf();
const { metric, dimension } = card.encoder;
tell('encoder as it is', () => [(vector) => vector, distanceOf[metric]]);
tell('plain cosine', () => [(vector) => vector, cosine]);
const tries: readonly (readonly [Adaptation, number])[] = [
  ['mean', 1],
  ['whitening', 0.7],
  ['wccn', 0.7],
];
for (const [how, shrinkage] of tries)
  tell(`${how}, shrinkage ${shrinkage}`, (person) => {
    const others = frames.filter((frame) => frame.person !== person);
    const tracks = [...new Set(others.map(({ clip }) => clip))].map((clip) =>
      others.filter((frame) => frame.clip === clip).map(({ vector }) => vector),
    );
    const statistics = tracks.reduce(
      (sums, track) => withTrack(sums, track),
      noStatistics(digestOf(card), dimension),
    );
    const { live } = adaptFrom(statistics, shrinkage, metric, how);
    return [(vector) => project(live, vector), distanceOf.euclidean];
  });

type FaceObservation = readonly [
  (vector: Float32Array) => Float32Array,
  (a: Float32Array, b: Float32Array) => number,
];

/** Mated pairs are of two clips; each person meets everybody else under the head that never saw it. */
function tell(name: string, lookFor: (person: string) => FaceObservation): void {
  const mated: number[] = [];
  const impostors: number[] = [];
  for (const person of new Set(frames.map((frame) => frame.person))) {
    const [see, between] = lookFor(person);
    const seen = frames.map((frame) => ({ ...frame, vector: see(frame.vector) }));
    for (const [i, a] of seen.entries())
      for (const [j, b] of seen.entries()) {
        if (a.person !== person) continue;
        if (b.person !== person) impostors.push(between(a.vector, b.vector));
        else if (i < j && a.clip !== b.clip) mated.push(between(a.vector, b.vector));
      }
  }
  const rates = matchRatesAt([1e-2, 1e-3], Float32Array.from(mated), Float32Array.from(impostors));
  const told = rates.map(({ fmr, matches, tmr }) => `${fmr}: ${(100 * tmr).toFixed(1)} % (${matches})`);
  process.stdout.write(
    `${name.padEnd(24)} ${mated.length} mated, ${impostors.length} impostor; TMR at ${told.join(', ')}\n`,
  );
}

async function framesOf(): Promise<{ readonly card: ModelCard; readonly frames: readonly Frame[] }> {
  const rows: readonly Record<string, string>[] = parse(await readFile(identities), { columns: true });
  const personOf = new Map(rows.map(({ file = '', identity = '' }) => [path.parse(file).name, identity]));
  const pictures = await photosByPerson(folder);
  const order = {
    pack,
    packFolder: packsFolder({ argument: undefined, env: process.env }),
    paths: pictures.map((picture) => picture.path),
    cacheFolder: defaultCacheFolder(process.env),
  };
  const acquisition = await acquirePhotos(order, new AbortController().signal);
  return {
    card: acquisition.card,
    frames: pictures.flatMap(({ person: clip, path: picture }): Frame[] => {
      const one = acquisition.acquired.get(picture);
      const person = personOf.get(clip);
      return one === undefined || 'missing' in one || person === undefined
        ? []
        : [{ clip, person, vector: one.embedding }];
    }),
  };
}
