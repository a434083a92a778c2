/** Films that were cut off, damaged or made to harm, through the real vision process. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../../src/platform/system-clock.js';
import { drawFilm } from '../../../src/vision/opencv/write-video.js';
import { superviseVision } from '../../../src/vision/process/supervise-vision.js';
import { chance, mutated } from '../chance.js';
import type { Row } from '../row.js';

const LIMIT_MS = 30_000;
const root = fileURLToPath(new URL('../../..', import.meta.url));

export const videoMutated: Row = {
  name: 'video-mutated',
  claim:
    'a damaged film costs a vision process at most: core hears of its end, of its camera or of a restart, and lives',
  short: 6,
  long: 200,
  async run({ n, folder }) {
    const pack = ['builtin', 'mobile'].find((name) => existsSync(path.join(root, 'models/packs', name)));
    if (pack === undefined) return { skipped: 'needs a pack in models/packs: npm run build' };
    const luck = chance(19);
    const good = path.join(folder, 'good.avi');
    const photo = path.join(root, 'node_modules/@vladmandic/face-api/demo/sample2.jpg');
    const window = (index: number) => ({ x: 1320 + 2 * index, y: 60, width: 480, height: 360 });
    drawFilm({
      file: good,
      size: { width: 640, height: 480 },
      fps: 30,
      views: Array.from({ length: 15 }, (_, index) => ({
        photo,
        window: window(index),
        gain: 1,
        offset: 0,
        blur: 0,
      })),
    });
    const bytes = await readFile(good);
    const failures: string[] = [];
    const ends = new Map<string, number>();
    for (let trial = 0; trial < n; trial += 1) {
      const film = path.join(folder, `film-${trial}.avi`);
      // The head of the file decides what the decoder believes; the rest is pictures.
      const part = luck.below(3);
      const head = mutated(bytes.subarray(0, 4096), luck, 8);
      const changed =
        part === 0
          ? Buffer.concat([head, bytes.subarray(4096)])
          : part === 1
            ? bytes.subarray(0, luck.below(bytes.length))
            : mutated(bytes, luck, 60);
      await writeFile(film, changed);
      const end = await watch(film, pack);
      ends.set(end, (ends.get(end) ?? 0) + 1);
      if (end === 'nothing') failures.push(`trial ${trial}: nothing was heard for ${LIMIT_MS} ms`);
    }
    return { n, failures, note: [...ends].map(([end, count]) => `${count} × ${end}`).join(', ') };
  },
};

/** What core hears of it first: its end, a camera that does not work, or a process that is replaced. */
async function watch(film: string, pack: string): Promise<string> {
  const stop = new AbortController();
  const limit = setTimeout(() => stop.abort(), LIMIT_MS);
  let end = 'nothing';
  const vision = superviseVision({
    command: [process.execPath, '--import', 'tsx', path.join(root, 'src/vision-worker.ts')],
    env: { PATH: process.env.PATH },
    dimension: 128,
    onLine: () => {},
    clock: systemClock,
    setup: {
      packFolder: path.join(root, 'models/packs'),
      pack,
      provider: 'cpu',
      threads: 1,
      detector: { width: 640, minScore: 0.6 },
      minInterOcular: 20,
      source: { kind: 'file', path: film, pace: 'fast', loop: false },
      zone: { x: 0, y: 0, width: 1, height: 1 },
    },
  });
  await vision.watch((report) => {
    const isBroken = report.kind === 'camera' && !['live', 'opening', 'ended'].includes(report.status);
    if (end !== 'nothing' || (report.kind !== 'end' && report.kind !== 'restarting' && !isBroken)) return;
    end = report.kind === 'camera' ? `camera ${report.status}` : report.kind;
    stop.abort();
  }, stop.signal);
  clearTimeout(limit);
  return end;
}
