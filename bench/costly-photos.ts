/**
 * How long does a small picture that is made to cost much keep the process for photographs, and who waits meanwhile?
 *
 *   node --import tsx bench/costly-photos.ts [PACK=builtin] [PACKS=folder] [SECONDS=30] [ONLY=word]
 *
 * First each picture by itself: the decoder alone without any limit, as a photograph in a pass, and as one to enroll. Then one
 * login floods a lane with the worst pass photo that is allowed, under four names of readers, while a visitor comes to another lane
 * every two seconds.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { packsFolder } from '../src/biometrics/packs/pack-catalog.js';
import { systemClock } from '../src/platform/system-clock.js';
import {
  createDocumentEncoder,
  DOCUMENT_ANSWER_LIMIT,
} from '../src/service/daemon/document/document-encoder.js';
import { openPhotoEncoder } from '../src/service/setup/open-photo-encoder.js';
import { cv } from '../src/vision/opencv/cv.js';
import { DOCUMENT_PHOTO_BUDGET, overBudget, readPictureHead } from '../src/vision/opencv/picture-file.js';
import type { PhotoEncoder } from '../src/vision/ports/vision.js';
import * as costly from '../test/fixtures/costly-photos.js';

const pack = process.env.PACK ?? 'builtin';
const packFolder = packsFolder({ argument: process.env.PACKS, env: process.env });
const SECONDS = Number(process.env.SECONDS ?? 30);
const KB = 1024;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const { encoder } = await openPhotoEncoder({ pack, packFolder });

say(`pack ${pack}; seconds, the median of three`);
say(
  `${'picture'.padEnd(58)} ${'kB'.padStart(5)} ${'decoder'.padStart(9)} ${'pass'.padStart(9)} ${'enroll'.padStart(9)}`,
);
const ofPass: costly.CostlyPhoto[] = [];
for (const make of [
  () => costly.plainPhoto(),
  () => costly.noisyProgressive(2000, 2000, 256 * KB),
  () => costly.noisyProgressive(2000, 2000, 64 * KB),
  () => costly.manyScans(2000, 2000, 64 * KB, 10),
  () => costly.manyScans(630, 630, 64 * KB, 100),
  () => costly.manyFaces(8, 4, 256 * KB),
  () => costly.manyFaces(16, 12, 256 * KB),
  () => costly.manyScans(7000, 7000, 256 * KB),
  () => costly.manyScans(5000, 5000, 64 * KB),
  () => costly.noisyProgressive(5000, 5000, 256 * KB),
  () => costly.plainPng(7071, 7071, 'grey1'),
  () => costly.padded(costly.plainPng(7071, 7071, 'grey1'), 500 * KB),
  () => costly.plainPng(7071, 7071, 'rgb8'),
  () => costly.plainPng(7071, 7071, 'rgba16-interlaced'),
  () => costly.padded(costly.plainPng(7071, 7071, 'rgba16-interlaced'), 500 * KB),
  () => costly.plainPng(3200, 3200, 'rgb8'),
  () => costly.padded(costly.plainPng(3200, 3200, 'rgba16-interlaced'), 64 * KB),
  () => costly.plainWebP(7071, 7071, 101),
  () => costly.padded(costly.plainWebP(7071, 7071, 50), 500 * KB),
  () => costly.padded(costly.plainWebP(3200, 3200, 50), 64 * KB),
]) {
  const photo = make();
  const { name, bytes } = photo;
  if (!name.includes(process.env.ONLY ?? '')) continue;
  const head = readPictureHead(bytes);
  const isPass =
    head?.kind === 'JPEG' &&
    bytes.length <= 256 * KB &&
    overBudget(head, DOCUMENT_PHOTO_BUDGET) === undefined;
  if (isPass) ofPass.push(photo);
  const alone = await median(async () => cv.imdecode(Buffer.from(bytes), cv.IMREAD_COLOR).release());
  let said = '';
  const whole = await median(async () => {
    const result = await encoder.encode(bytes);
    said = result.kind === 'faces' ? `${result.faces.length} faces` : (result.detail.split('\n')[0] ?? '');
  });
  const columns = [alone, isPass ? whole : 'refused', whole].map((one) => one.padStart(9));
  say(
    `${name.padEnd(58)} ${String(Math.round(bytes.length / KB)).padStart(5)} ${columns.join(' ')}  ${said}`,
  );
}
await encoder.close();
await flooded();

async function flooded(): Promise<void> {
  let open: PhotoEncoder | undefined;
  const passes = createDocumentEncoder(async () => {
    open = (await openPhotoEncoder({ pack, packFolder, answerLimit: DOCUMENT_ANSWER_LIMIT })).encoder;
    return open;
  }, systemClock);
  const visitor = costly.plainPhoto().bytes;
  await passes.encode(visitor, { lane: 'south', sender: 'door' });
  const over = new AbortController();
  const told = { faces: 0, unreadable: 0, 'over-budget': 0 };
  const flood = Array.from({ length: 16 }, async (_, n) => {
    for (let at = n; !over.signal.aborted; at += 1) {
      const { bytes } = ofPass[at % ofPass.length] ?? { bytes: visitor };
      const { kind } = await passes.encode(bytes, { lane: 'north', sender: `reader ${at % 4}` });
      told[kind] += 1;
      await sleep(50);
    }
  });
  const waits: number[] = [];
  let refused = 0;
  for (let at = 0; at < SECONDS; at += 2) {
    const from = performance.now();
    const { kind } = await passes.encode(visitor, { lane: 'south', sender: 'door' });
    if (kind === 'faces') waits.push((performance.now() - from) / 1000);
    else refused += 1;
    await sleep(2000);
  }
  over.abort();
  await Promise.all(flood);
  await passes.close();
  waits.sort((a, b) => a - b);
  const show = (value: number | undefined): string => (value ?? Number.NaN).toFixed(2);
  say(`flood of ${SECONDS} s, photographs of it: ${JSON.stringify(told)}`);
  say(
    `visitors at the other lane: ${waits.length} served, ${refused} refused; waited ${show(waits[waits.length >> 1])} s in the median, ${show(waits.at(-1))} s at most`,
  );
}

async function median(work: () => Promise<unknown>): Promise<string> {
  const times: number[] = [];
  for (let n = 0; n < 3; n += 1) {
    const from = performance.now();
    await work();
    times.push((performance.now() - from) / 1000);
    // What takes that long need not be measured three times.
    if ((times[0] ?? 0) > 5) break;
  }
  return (times.sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN).toFixed(2);
}
