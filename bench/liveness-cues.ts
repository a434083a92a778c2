/**
 * What landmarks alone say of a clip: does the face leave a plane, is it frozen, does it come round again?
 *
 *   node --import tsx bench/liveness-cues.ts CLIP…        [PACK=mobile]
 *
 * The largest face of every tenth of a second. A loop can be made for comparison:
 *   ffmpeg -ss 2 -t 1.5 -i replay.mp4 once.mp4; ffmpeg -stream_loop 7 -i once.mp4 -c:v libx264 -g 300 loop.mp4
 */
import path from 'node:path';
import { packsFolder } from '../src/biometrics/packs/pack-catalog.js';
import { openPacks } from '../src/biometrics/packs/pack-store.js';
import { systemClock } from '../src/platform/system-clock.js';
import { type FivePoints, interOcular } from '../src/vision/detection/face.js';
import type { Point } from '../src/vision/geometry.js';
import { loadNetwork } from '../src/vision/onnx/onnx-network.js';
import { limitThreads } from '../src/vision/opencv/cv.js';
import { createOpenCamera } from '../src/vision/opencv/open-camera.js';
import { findFaces } from '../src/vision/pipeline/find-faces.js';
import { loadModels, type Models } from '../src/vision/pipeline/load-models.js';

/** Milliseconds from one look to the next. */
const STEP = 100;
/** Looks in half a second: over these the face is compared with itself. */
const HALF_SECOND = 5;
/** A loop shorter than this would be seen as a twitch by anybody. */
const SHORTEST_LOOP = 8;

limitThreads(1);
const packs = openPacks(packsFolder({ argument: undefined, env: process.env }));
const models = await loadModels(await packs.open(process.env.PACK ?? 'mobile'), loadNetwork, {
  threads: 1,
  provider: 'cpu',
});
process.stdout.write(
  `${'clip'.padEnd(16)} looks  ${head('leaves a plane')}${head('frozen')}${head('loop')}\n`,
);
for (const clip of process.argv.slice(2)) {
  const looks = await looksAt(clip, models);
  const shapes = looks.map(shapeOf);
  process.stdout.write(
    `${path.basename(clip).padEnd(16)} ${String(looks.length).padStart(5)}  ${[
      every(looks, HALF_SECOND, (now, then) => affineRest(then, now)),
      every(shapes, 1, (now, then) => between(now, then)),
      loopsIn(shapes),
    ]
      .map(spread)
      .join('')}\n`,
  );
}

async function looksAt(clip: string, found: Models): Promise<readonly FivePoints[]> {
  const camera = createOpenCamera(systemClock)({ kind: 'file', path: clip, pace: 'fast', loop: false });
  const looks: FivePoints[] = [];
  for (let due = 0; ; ) {
    const grab = camera.grab();
    if (grab.kind !== 'frame') break;
    if (grab.at >= due) {
      due = grab.at + STEP;
      const [face] = await findFaces(grab.picture, found, { longest: 640, minScore: 0.7 });
      if (face !== undefined) looks.push(face.points);
    }
    grab.picture.release();
  }
  camera.close();
  return looks;
}

/** Landmarks as seen from between the eyes, in eye distances: moving to and fro changes nothing. */
function shapeOf(points: FivePoints): readonly Point[] {
  const [right, left] = points;
  const size = interOcular(points);
  return points.map(({ x, y }) => ({
    x: (x - (right.x + left.x) / 2) / size,
    y: (y - (right.y + left.y) / 2) / size,
  }));
}

function between(a: readonly Point[], b: readonly Point[]): number {
  return Math.sqrt(mean(a.map(({ x, y }, i) => (x - (b[i]?.x ?? x)) ** 2 + (y - (b[i]?.y ?? y)) ** 2)));
}

function every<T>(looks: readonly T[], lag: number, tell: (now: T, then: T) => number): readonly number[] {
  return looks.slice(lag).flatMap((now, i) => {
    const then = looks[i];
    return then === undefined ? [] : [tell(now, then)];
  });
}

/**
 * For each stretch of half a second, how far the most alike earlier stretch is, against how far the face moved within it:
 * well under 1 where the same motion comes round again.
 */
function loopsIn(shapes: readonly (readonly Point[])[]): readonly number[] {
  const values: number[] = [];
  for (let end = HALF_SECOND + SHORTEST_LOOP; end < shapes.length; end += 1) {
    const stretch = (to: number) => shapes.slice(to - HALF_SECOND, to);
    const now = stretch(end);
    const moved = mean(every(now, 1, between));
    const alike: number[] = [];
    for (let to = HALF_SECOND; to <= end - SHORTEST_LOOP; to += 1)
      alike.push(mean(stretch(to).map((shape, i) => between(shape, now[i] ?? shape))));
    values.push(Math.min(...alike) / Math.max(1e-6, moved));
  }
  return values;
}

/** What is left of `to` when `from` is moved, turned, scaled and sheared at its best: 0 for anything flat seen from afar. */
function affineRest(from: FivePoints, to: FivePoints): number {
  const fit = (value: (point: Point) => number): readonly number[] => {
    const rows = from.map(({ x, y }) => [x - from[0].x, y - from[0].y, 1]);
    const wanted = to.map((point) => value(point) - value(to[0]));
    const normal = [0, 1, 2].map((i) =>
      [0, 1, 2].map((j) => sum(rows.map((row) => (row[i] ?? 0) * (row[j] ?? 0)))),
    );
    const right = [0, 1, 2].map((i) => sum(rows.map((row, k) => (row[i] ?? 0) * (wanted[k] ?? 0))));
    const [a = 0, b = 0, c = 0] = solved(normal, right);
    return rows.map((row, k) => (wanted[k] ?? 0) - a * (row[0] ?? 0) - b * (row[1] ?? 0) - c);
  };
  const rests = [...fit(({ x }) => x), ...fit(({ y }) => y)];
  return Math.sqrt(sum(rests.map((rest) => rest * rest)) / to.length) / interOcular(to);
}

/** Cramer's rule for three unknowns. */
function solved(matrix: readonly (readonly number[])[], right: readonly number[]): readonly number[] {
  const all = determinant(matrix);
  return [0, 1, 2].map(
    (column) =>
      determinant(matrix.map((row, i) => row.map((value, j) => (j === column ? (right[i] ?? 0) : value)))) /
      all,
  );
}

function determinant([first = [], second = [], third = []]: readonly (readonly number[])[]): number {
  const [a = 0, b = 0, c = 0] = first;
  const [d = 0, e = 0, f = 0] = second;
  const [g = 0, h = 0, i = 0] = third;
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
}

function head(title: string): string {
  return title.padEnd(24);
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(3);
  return (sorted.length === 0 ? '-' : `${at(0.1)} / ${at(0.5)} / ${at(0.9)}`).padEnd(24);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / Math.max(1, values.length);
}
