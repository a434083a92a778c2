/** Do the three networks work together on a real photograph? face-api's own sample of four people side by side. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { before, test } from 'node:test';
import { buildBuiltin } from '../../../src/biometrics/builtin/builtin-networks.js';
import { modelCard } from '../../../src/biometrics/model-card.js';
import type { FivePoints } from '../../../src/vision/detection/face.js';
import { fivePointsOf, landmarkCrop } from '../../../src/vision/detection/landmarks68.js';
import { decodeTinyFace } from '../../../src/vision/detection/tiny-face.js';
import { similarityBetween } from '../../../src/vision/geometry.js';
import ort from '../../../src/vision/onnx/onnx-runtime.js';
import { decodePicture } from '../../../src/vision/opencv/opencv-picture.js';
import type { Picture } from '../../../src/vision/ports/picture.js';

const PEOPLE = 4;
const card = modelCard.parse(
  JSON.parse(readFileSync(new URL('../../../models/cards/builtin.json', import.meta.url), 'utf8')),
);
const home = path.dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json'));
const photograph = readFileSync(path.join(home, 'demo', 'sample6.jpg'));

let sessions: ReadonlyMap<string, ort.InferenceSession>;
before(async () => {
  const loaded: [string, ort.InferenceSession][] = [];
  for (const [file, bytes] of await buildBuiltin())
    loaded.push([file, await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1 })]);
  sessions = new Map(loaded);
});

/** @param pixels bgr8 HWC. */
async function run(file: string, pixels: Uint8Array, width: number, height: number) {
  const cells = width * height;
  const rgb = Float32Array.from(
    { length: 3 * cells },
    (_, i) => pixels[(i % cells) * 3 + 2 - Math.floor(i / cells)] ?? Number.NaN,
  );
  const results = await sessions
    .get(file)
    ?.run({ input: new ort.Tensor('float32', rgb, [1, 3, height, width]) });
  const output = results?.output;
  assert.ok(output?.data instanceof Float32Array);
  return { data: output.data, shape: output.dims };
}

async function facesIn(picture: Picture): Promise<FivePoints[]> {
  const { pixels, scale } = picture.letterbox(640, 512);
  const boxes = decodeTinyFace(await run('tiny-face.onnx', pixels, 640, 512), { minScore: 0.6 });
  const faces: FivePoints[] = [];
  for (const { box } of boxes.toSorted((a, b) => a.box.x - b.box.x)) {
    const { x, y, width, height } = box;
    const crop = landmarkCrop({ x: x / scale, y: y / scale, width: width / scale, height: height / scale });
    const a = 112 / crop.width;
    const chip = picture.warp({ a, b: 0, tx: -crop.x * a, ty: -crop.y * a }, 112, 112);
    faces.push(fivePointsOf((await run('landmarks68.onnx', chip, 112, 112)).data, crop));
  }
  return faces;
}

async function encodingOf(picture: Picture, points: FivePoints): Promise<Float32Array> {
  const target = card.encoder.points.map(([x, y]) => ({ x, y }));
  const chip = picture.warp(similarityBetween(points, target), 150, 150);
  return (await run('dlib-encoder.onnx', chip, 150, 150)).data;
}

const distance = (a: Float32Array, b: Float32Array): number =>
  Math.hypot(...a.map((value, i) => value - (b[i] ?? Number.NaN)));

test('finds the four people, with their eyes, noses and mouths in place', async () => {
  const picture = decodePicture(photograph);
  const faces = await facesIn(picture);
  picture.release();
  assert.equal(faces.length, PEOPLE);
  for (const [right, left, nose, rightCorner, leftCorner] of faces) {
    assert.ok(right.x < nose.x && nose.x < left.x, 'the nose lies between the eyes');
    assert.ok(Math.max(right.y, left.y) < nose.y, 'the nose lies below the eyes');
    assert.ok(nose.y < Math.min(rightCorner.y, leftCorner.y), 'the mouth lies below the nose');
    assert.ok(rightCorner.x < leftCorner.x, "the person's right comes first");
  }
});

test('tells the four apart, and knows each from eyes that are found a little elsewhere', async () => {
  const picture = decodePicture(photograph);
  const faces = await facesIn(picture);
  const encodings: Float32Array[] = [];
  const again: Float32Array[] = [];
  for (const points of faces) {
    encodings.push(await encodingOf(picture, points));
    const [right, left, ...rest] = points;
    again.push(
      await encodingOf(picture, [{ ...right, y: right.y + 6 }, { ...left, x: left.x + 6 }, ...rest]),
    );
  }
  picture.release();
  // 0.6 is dlib's threshold for "the same person".
  for (const [i, a] of encodings.entries())
    for (const [j, b] of again.entries())
      assert.equal(
        distance(a, b) < 0.6,
        i === j,
        `person ${i} and person ${j}: ${distance(a, b).toFixed(3)}`,
      );
});
