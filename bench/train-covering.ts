/**
 * Makes the weights by which a face is told to be covered: src/vision/detection/covering-weights.ts.
 *
 *   [TWINSTILE_SHARED=../shared] [ROWS=/tmp/rows] node --import tsx bench/train-covering.ts [FOLDER]
 *
 * From one half of the people of FOLDER (lfw-dev by default), as they are and with coverings drawn on, as the detectors of `mobile` and
 * `builtin` align them, some through poor JPEG and little light. Two fits of a regularised logistic regression: photographs that the first
 * fit takes for covered although nothing was drawn on them are left out of the second, because most of them are (sunglasses of LFW).
 * A hand has the skin's own colour, so that it has a line of its own, between drawn hands and whatever leaves the mouth free.
 * The bound is set so that one in 400 photographs as they are is called covered: for the mouth by people whom no fit saw, for the eyes by those
 * of the fit, because one in 140 of LFW does wear sunglasses.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { float32ToText } from '../src/biometrics/artifact-file.js';
import { packsFolder } from '../src/biometrics/packs/pack-catalog.js';
import { openPacks } from '../src/biometrics/packs/pack-store.js';
import { COVERING_FEATURES, coveringFeatures, coveringScore } from '../src/vision/detection/covering.js';
import { loadNetwork } from '../src/vision/onnx/onnx-network.js';
import { limitThreads } from '../src/vision/opencv/cv.js';
import { QUALITY_CHIP } from '../src/vision/pipeline/assess-quality.js';
import { loadModels, type Models } from '../src/vision/pipeline/load-models.js';
import { asTaken, chipIn, coveringSamples, type Part } from './covering-samples.js';
import { isCoveredBy } from './draw-covering.js';
import { fitLogistic } from './fit-logistic.js';

const [folder = path.join(process.env.TWINSTILE_SHARED ?? '../shared', 'faces/lfw-dev/images')] =
  process.argv.slice(2);
const TARGET = path.join(import.meta.dirname, '../src/vision/detection/covering-weights.ts');
/** Share of photographs as they are that may be called covered. */
const CALLED = { mouth: 1 / 400, eyes: 1 / 400, hand: 1 / 600 };
/** 160 drawn hands are few for a thousand numbers, so that these are held closer to 0. */
const HAND_LAMBDA = 0.1;
/** Added to the bound of the eyes: people under a lamp, whose eyes are in shadow, score up to 2.1 above it (ten clips of a fixed camera). */
const EYES_MARGIN = 3;
/** Of the first fit: a photograph as it is with a score above is left out of the second. */
const DOUBTFUL = 1;

interface Row {
  readonly features: Float32Array;
  readonly mouth: boolean;
  readonly eyes: boolean;
  readonly hand: boolean;
  readonly drawn: boolean;
}

/** Gathering takes half an hour: kept here, the fit can be repeated. */
const kept = process.env.ROWS;
const rows = await rowsOf('made-on', 2);
const setOn = await rowsOf('set-on', 0);
process.stdout.write(`${rows.length} chips, ${rows.filter(({ drawn }) => drawn).length} of them drawn on\n`);
writeFileSync(TARGET, sourceOf(weightsFor('mouth'), weightsFor('eyes'), handWeights()));
process.stdout.write(`wrote ${TARGET}\n`);

function weightsFor(what: 'mouth' | 'eyes'): Float32Array {
  const first = fitLogistic(
    rows.map((row) => ({ features: row.features, positive: row[what] })),
    COVERING_FEATURES,
  );
  const kept = rows.filter((row) => row.drawn || row[what] || coveringScore(row.features, first) <= DOUBTFUL);
  const weights = fitLogistic(
    kept.map((row) => ({ features: row.features, positive: row[what] })),
    COVERING_FEATURES,
  );
  const unseen = what === 'mouth' ? setOn : kept.filter(({ drawn }) => !drawn);
  const plain = unseen.map(({ features }) => coveringScore(features, weights));
  const bound = plain.toSorted((a, b) => b - a)[Math.floor(plain.length * CALLED[what])] ?? Number.NaN;
  weights[COVERING_FEATURES] =
    (weights[COVERING_FEATURES] ?? Number.NaN) - bound - (what === 'eyes' ? EYES_MARGIN : 0);
  const caught = rows.filter((row) => row[what] && coveringScore(row.features, weights) > 0).length;
  process.stdout.write(
    `${what}: ${rows.length - kept.length} left out of the second fit; ${caught} of ${rows.filter((row) => row[what]).length} drawn ones told on the people it was made on\n`,
  );
  return weights;
}

/** Masks and scarves take no part: they are the other line's, and hide what a hand leaves. */
function handWeights(): Float32Array {
  const taking = rows.filter((row) => row.hand || !row.mouth);
  const weights = fitLogistic(
    taking.map(({ features, hand }) => ({ features, positive: hand })),
    COVERING_FEATURES,
    HAND_LAMBDA,
  );
  const plain = setOn.map(({ features }) => coveringScore(features, weights)).toSorted((a, b) => b - a);
  const bound = plain[Math.floor(plain.length * CALLED.hand)] ?? Number.NaN;
  weights[COVERING_FEATURES] = (weights[COVERING_FEATURES] ?? Number.NaN) - bound;
  const caught = rows.filter((row) => row.hand && coveringScore(row.features, weights) > 0).length;
  process.stdout.write(
    `hand: ${caught} of ${rows.filter((row) => row.hand).length} drawn ones told on the people it was made on\n`,
  );
  return weights;
}

function sourceOf(mouth: Float32Array, eyes: Float32Array, hand: Float32Array): string {
  const text = (weights: Float32Array): string =>
    (float32ToText(weights).match(/.{1,104}/g) ?? []).map((line) => `  '${line}',`).join('\n');
  return `/** Weights of covering.ts as base64 of float32 [features + 1], the bias last. Written by bench/train-covering.ts: not to be changed by hand. */

export const MOUTH_WEIGHTS = [
${text(mouth)}
].join('');

export const EYES_WEIGHTS = [
${text(eyes)}
].join('');

export const HAND_WEIGHTS = [
${text(hand)}
].join('');
`;
}

/** @param drawn coverings on each first photograph. */
async function rowsOf(part: Part, drawn: number): Promise<readonly Row[]> {
  const name = kept === undefined ? undefined : `${kept}-${part}`;
  if (name !== undefined && existsSync(`${name}.f32`)) return readRows(name);
  const gathered = await gather(part, drawn);
  if (name !== undefined) writeRows(name, gathered);
  return gathered;
}

async function gather(part: Part, drawn: number): Promise<readonly Row[]> {
  limitThreads(1);
  const packs = openPacks(packsFolder({ argument: undefined, env: process.env }));
  const opened: Models[] = [];
  for (const pack of ['mobile', 'builtin'])
    opened.push(await loadModels(await packs.open(pack), loadNetwork, { threads: 1, provider: 'cpu' }));
  const landmarks = opened.find((models) => models.landmarks !== undefined);
  if (landmarks === undefined) throw new Error('needs pack builtin');
  const gathered: Row[] = [];
  let pictures = 0;
  const plan = { folder, part, landmarks, drawn, photos: 2, drawnOn: 1 };
  for await (const { pixels, covering } of coveringSamples(plan)) {
    pictures += 1;
    if (pictures % 500 === 0) process.stderr.write(`${pictures} pictures, ${gathered.length} chips\n`);
    const gain = [0.35, 0.6, 1.2][(pictures / 3) % 3];
    const picture = pictures % 3 === 0 ? asTaken(pixels, 60, gain) : asTaken(pixels);
    for (const models of opened) {
      const found = await chipIn(picture, models);
      if (found === undefined) continue;
      const features = coveringFeatures(found.chip, QUALITY_CHIP.side);
      const hand = covering === 'hand';
      gathered.push({ features, hand, drawn: covering !== 'none', ...isCoveredBy(covering) });
    }
    picture.release();
  }
  return gathered;
}

/** Float32 features of each row in `.f32`, four bytes of each in `.lab`. */
function writeRows(name: string, some: readonly Row[]): void {
  const numbers = new Float32Array(some.length * COVERING_FEATURES);
  for (const [index, { features }] of some.entries()) numbers.set(features, index * COVERING_FEATURES);
  writeFileSync(`${name}.f32`, Buffer.from(numbers.buffer));
  writeFileSync(
    `${name}.lab`,
    Uint8Array.from(some.flatMap((row) => [row.mouth, row.eyes, row.hand, row.drawn].map(Number))),
  );
}

function readRows(name: string): readonly Row[] {
  const bytes = readFileSync(`${name}.f32`);
  const labels = readFileSync(`${name}.lab`);
  const numbers = new Float32Array(Uint8Array.from(bytes).buffer);
  return Array.from({ length: labels.length / 4 }, (_, index) => ({
    features: numbers.subarray(index * COVERING_FEATURES, (index + 1) * COVERING_FEATURES),
    mouth: labels[index * 4] === 1,
    eyes: labels[index * 4 + 1] === 1,
    hand: labels[index * 4 + 2] === 1,
    drawn: labels[index * 4 + 3] === 1,
  }));
}
