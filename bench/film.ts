/** Films for the bench, drawn from the photographs of the demonstration. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Box, centreOf } from '../src/vision/geometry.js';
import type { StillOptions, VideoOptions, View } from '../src/vision/opencv/write-video.js';

export const BENCH_SIZE = { width: 1280, height: 720 } as const;

/** Faces in sample6.jpg of npm @vladmandic/face-api. */
const FACES: readonly Box[] = [
  { x: 310, y: 500, width: 150, height: 170 },
  { x: 690, y: 430, width: 150, height: 170 },
  { x: 1200, y: 400, width: 150, height: 170 },
  { x: 1510, y: 350, width: 150, height: 170 },
];
const PHOTO = path.join(
  path.dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')),
  'demo',
  'sample6.jpg',
);
/** Width of the picture in widths of the face: near enough that nobody else is in it. */
const NEAR = 4.2;

/** One person who stands before the camera and is never quite still. */
export const oneFace = (file: string, frames: number, fps: number): VideoOptions => ({
  file,
  fps,
  size: BENCH_SIZE,
  views: Array.from({ length: frames }, (_, frame) => lookAt(0, frame)),
});

/** One person after the other comes for `there` pictures; between them there is nobody for `away`. */
export const comingAndGoing = (
  file: string,
  frames: number,
  fps: number,
  there: number,
  away: number,
): VideoOptions => ({
  ...oneFace(file, frames, fps),
  views: Array.from({ length: frames }, (_, frame) =>
    frame % (there + away) < there ? lookAt(Math.floor(frame / (there + away)), frame) : wall(frame),
  ),
});

/** One for each person in the films. */
export const enrollmentStills = (folder: string): readonly StillOptions[] =>
  FACES.map((face, index) => ({
    file: path.join(folder, `still-${index}.jpg`),
    photo: PHOTO,
    window: squareAround(face, 2.8),
    gain: 1.08,
    offset: 6,
    size: { width: 400, height: 400 },
  }));

function lookAt(person: number, frame: number): View {
  const face = FACES[person % FACES.length] as Box;
  const width = face.width * (NEAR + 0.2 * Math.sin(frame / 11));
  const height = (width * BENCH_SIZE.height) / BENCH_SIZE.width;
  const { x, y } = centreOf(face);
  const window = {
    x: x + 3 * Math.sin(frame / 7) - width / 2,
    y: y + 2 * Math.cos(frame / 5) - height / 2,
    width,
    height,
  };
  return { photo: PHOTO, window, gain: 1 + 0.05 * Math.sin(frame / 3), offset: 0, blur: 0 };
}

const wall = (frame: number): View => ({
  photo: PHOTO,
  window: { x: 8 + (frame % 9), y: 6, width: 96, height: 54 },
  gain: 1,
  offset: 0,
  blur: 0,
});

function squareAround(face: Box, times: number): Box {
  const side = face.width * times;
  const { x, y } = centreOf(face);
  return { x: x - side / 2 + 9, y: y - side / 2 + 7, width: side, height: side };
}

/** Draws in a process of its own: OpenCV would count to the memory of the bench. */
export async function draw(
  films: readonly VideoOptions[],
  stills: readonly StillOptions[] = [],
): Promise<void> {
  const worker = fileURLToPath(new URL('../src/demo-video-worker.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', worker], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.stdin?.end(JSON.stringify({ films, stills }));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the film was not drawn (exit code ${code})`);
}
