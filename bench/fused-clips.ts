/**
 * What fused looks are worth on clips of a fixed camera, where looks of a track are near copies.
 *
 *   node --import tsx bench/fused-clips.ts CLIPS IDENTITIES.csv PACK
 *
 * CLIPS holds one clip per passage; the CSV names each (file) and its person (identity). Five templates of each clip, as a replay takes
 * them; the looks of another clip are compared with the nearest of them. Thresholds are those of the same clips: they say which way is
 * best, not what a table promises.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { fuseLooks } from '../src/biometrics/fused-looks.js';
import { comparisonOf } from '../src/biometrics/head/comparison.js';
import { packsFolder } from '../src/biometrics/packs/pack-catalog.js';
import { openPacks } from '../src/biometrics/packs/pack-store.js';
import { systemClock } from '../src/platform/system-clock.js';
import { readCamera, recordingVisionSettings, visionStart } from '../src/service/setup/vision-process.js';
import { superviseVision } from '../src/vision/process/supervise-vision.js';

const RATES = [1e-2, 1e-3];
const TEMPLATES = 5;
const [folder = '', identities = '', pack = 'mobile'] = process.argv.slice(2);
const packFolder = packsFolder({ argument: undefined, env: process.env });
const { card } = await openPacks(packFolder).open(pack);
const { between } = comparisonOf(card);

interface Clip {
  readonly person: string;
  readonly looks: readonly Float32Array[];
}

const rows: readonly Record<string, string>[] = parse(await readFile(identities), { columns: true });
const clips: Clip[] = [];
for (const { file = '', identity = '' } of rows) clips.push({ person: identity, looks: await looksOf(file) });

const ways: Readonly<Record<string, (distances: readonly number[], fused: number) => number>> = {
  'one look': ([first]) => first ?? Number.NaN,
  'all agree': (distances) => Math.max(...distances),
  median: (distances) => distances.toSorted((a, b) => a - b)[distances.length >> 1] ?? Number.NaN,
  'mean distance': (distances) => distances.reduce((sum, one) => sum + one, 0) / distances.length,
  'mean vector': (_, fused) => fused,
};
for (const looks of [3, 5]) tell(looks);

function tell(count: number): void {
  const mated = new Map(Object.keys(ways).map((way) => [way, [] as number[]]));
  const strangers = new Map(Object.keys(ways).map((way) => [way, [] as number[]]));
  for (const [i, enrolled] of clips.entries()) {
    const templates = spread(enrolled.looks);
    for (const [j, { person, looks }] of clips.entries()) {
      if (i === j || templates.length === 0) continue;
      const to = person === enrolled.person ? mated : strangers;
      for (let from = 0; from + count <= looks.length; from += 1) {
        const track = looks.slice(from, from + count);
        const nearest = (look: Float32Array): number =>
          Math.min(...templates.map((one) => between(one, look)));
        const distances = track.map(nearest);
        const fused = nearest(fuseLooks(track));
        for (const [way, measure] of Object.entries(ways)) to.get(way)?.push(measure(distances, fused));
      }
    }
  }
  for (const rate of RATES)
    for (const [way, own] of mated) {
      const others = (strangers.get(way) ?? []).toSorted((a, b) => a - b);
      const threshold = others[Math.floor(rate * others.length)] ?? Number.NaN;
      const missed = own.filter((distance) => !(distance < threshold)).length;
      process.stdout.write(
        `${pack}, ${count} looks, FMR ${rate} of ${others.length}: ${way.padEnd(14)} missed ${missed} of ${own.length} (${((100 * missed) / own.length).toFixed(1)} %)\n`,
      );
    }
}

function spread(looks: readonly Float32Array[]): readonly Float32Array[] {
  const step = Math.max(1, looks.length / TEMPLATES);
  return Array.from(
    { length: Math.min(TEMPLATES, looks.length) },
    (_, i) => looks[Math.floor((i + 0.5) * step)],
  ).filter((look) => look !== undefined);
}

/** Of whoever is alone at the gate, in the frames that the pipeline found worth encoding. */
async function looksOf(file: string): Promise<readonly Float32Array[]> {
  const looks: Float32Array[] = [];
  await superviseVision({
    ...visionStart({ dimension: card.encoder.dimension, onLine: () => {} }),
    clock: systemClock,
    setup: {
      ...recordingVisionSettings(pack, packFolder),
      source: readCamera(path.join(folder, path.basename(file)), { pace: 'fast', loop: false }),
    },
  }).watch((report) => {
    if (report.kind !== 'frame' || report.gate.who !== 'one') return;
    const { track } = report.gate;
    const face = report.faces.find((one) => one.track === track);
    if (face?.embedding !== undefined && face.problems.length === 0 && face.replaced !== true)
      looks.push(face.embedding);
  }, new AbortController().signal);
  return looks;
}
