/** The real process with real networks, over its real pipes. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../src/platform/system-clock.js';
import { drawFilm } from '../src/vision/opencv/write-video.js';
import type { FrameReport, VisionReport } from '../src/vision/ports/vision.js';
import { startPhotoEncoder } from '../src/vision/process/encoder-clients.js';
import { superviseVision } from '../src/vision/process/supervise-vision.js';
import { packFolderFor, shared } from './fixtures/pack-folder.js';

const start = {
  command: [
    process.execPath,
    '--import',
    'tsx',
    fileURLToPath(new URL('../src/vision-worker.ts', import.meta.url)),
  ],
  env: { PATH: process.env.PATH },
  dimension: 128,
  onLine: (line: string) => process.stderr.write(`vision: ${line}\n`),
} as const;
const encoder = {
  provider: 'cpu',
  threads: 1,
  detector: { width: 640, minScore: 0.6 },
  minInterOcular: 20,
};

/** Every frame of a clip, as fast as it goes. */
async function watch(packFolder: string, pack: string, clip: string): Promise<readonly VisionReport[]> {
  const reports: VisionReport[] = [];
  const stop = new AbortController();
  const vision = superviseVision({
    ...start,
    clock: systemClock,
    setup: {
      ...encoder,
      packFolder,
      pack,
      source: { kind: 'file', path: clip, pace: 'fast', loop: false },
      zone: { x: 0, y: 0, width: 1, height: 1 },
    },
  });
  await vision.watch((report) => {
    reports.push(report);
    if (report.kind === 'restarting') stop.abort();
  }, stop.signal);
  return reports;
}

const framesOf = (reports: readonly VisionReport[]): readonly FrameReport[] =>
  reports.flatMap((report) => (report.kind === 'frame' ? [report] : []));

for (const pack of ['builtin', 'mobile'])
  test(`follows one person through a clip with pack ${pack}`, { timeout: 120_000 }, async (t) => {
    const packFolder = await packFolderFor(t, pack);
    if (packFolder === undefined) return t.skip(`needs pack ${pack}`);
    const clip = path.join(shared, 'video/asl/book.mkv');
    if (!existsSync(clip)) return t.skip('needs shared data');
    assertFollowed(await watch(packFolder, pack, clip));
  });

for (const pack of ['builtin', 'mobile'])
  test(`follows one person through a drawn film with pack ${pack}`, { timeout: 120_000 }, async (t) => {
    const packFolder = await packFolderFor(t, pack);
    if (packFolder === undefined) return t.skip(`needs pack ${pack}`);
    const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-film-'));
    try {
      const file = path.join(folder, 'film.avi');
      // A photograph that comes with face-api; the camera pans over the person at its right.
      const photo = path.resolve('node_modules/@vladmandic/face-api/demo/sample2.jpg');
      const views = Array.from({ length: 40 }, (_, index) => ({
        photo,
        window: { x: 1320 + 2 * index, y: 60, width: 480, height: 360 },
        // Light changes, too: a drawn face that only moves by whole blocks of the codec gives the same vector again.
        gain: 1 + index / 400,
        offset: 0,
        blur: 0,
      }));
      drawFilm({ file, size: { width: 640, height: 480 }, fps: 30, views });
      assertFollowed(await watch(packFolder, pack, file));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

/** One steady track with embeddings of distinct frames, and no frame left out. */
function assertFollowed(reports: readonly VisionReport[]): void {
  assert.deepEqual(
    reports.flatMap((report) => (report.kind === 'restarting' ? [report.cause] : [])),
    [],
  );
  const frames = framesOf(reports);
  assert.deepEqual(
    frames.map(({ seq }) => seq),
    frames.map((_, index) => index),
  );
  assert.deepEqual(reports.at(-1), { kind: 'end', frames: frames.length });

  const byTrack = new Map<string, Float32Array[]>();
  for (const { track, embedding } of frames.flatMap(({ faces }) => faces))
    byTrack.set(track, [...(byTrack.get(track) ?? []), ...(embedding === undefined ? [] : [embedding])]);
  const [most = []] = [...byTrack.values()].sort((a, b) => b.length - a.length);
  assert.ok(most.length >= 5, `${most.length} embeddings of the longest track`);
  assert.equal(new Set(most.map((embedding) => embedding.join())).size, most.length, 'each of another frame');
  const followed = frames.filter(({ gate }) => gate.who === 'one').length;
  assert.ok(
    followed > frames.length * 0.8,
    `one person at the gate in ${followed} of ${frames.length} frames`,
  );
}

test('encodes photographs, and says which file is none', { timeout: 60_000 }, async (t) => {
  const photo = path.join(shared, 'faces/lfw-dev/images/AJ_Cook/AJ_Cook_0001.jpg');
  if (!existsSync(photo)) return t.skip('needs shared data');
  const packFolder = await packFolderFor(t, 'mobile');
  if (packFolder === undefined) return t.skip('needs pack mobile');
  const photos = await startPhotoEncoder({ ...start, setup: { ...encoder, packFolder, pack: 'mobile' } });
  try {
    const [good, bad] = await Promise.all([
      photos.encode(await readFile(photo)),
      photos.encode(Buffer.from('no photograph at all, just some words')),
    ]);
    assert.ok(good.kind === 'faces' && good.faces.length === 1);
    assert.equal(good.faces[0]?.embedding?.length, 128);
    assert.equal(bad.kind, 'unreadable');
  } finally {
    await photos.close();
  }
});

test('says that a pack is missing and how to get it', { timeout: 60_000 }, async () => {
  const setup = { ...encoder, pack: 'mobile', packFolder: path.resolve('models/no-such-folder') };
  await assert.rejects(startPhotoEncoder({ ...start, setup }), {
    code: 'pack-missing',
    hint: /twinstile models pull mobile/,
  });
});
