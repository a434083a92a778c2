import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findFaces } from '../../../src/vision/pipeline/find-faces.js';
import { fakeModels, fakePicture, middleFace } from './fake-models.js';

const finding = { longest: 640, minScore: 0.6 };

for (const [name, size, expected] of [
  ['a wide picture', [1280, 720], '640x384'],
  ['an upright picture', [720, 1280], '384x640'],
  ['a picture of 4:3', [640, 480], '640x480'],
  ['a small picture', [64, 64], '640x640'],
  ['a thin picture', [6400, 100], '640x32'],
] as const)
  test(`looks at ${name} at ${expected}`, async () => {
    const models = fakeModels();
    await findFaces(fakePicture(0, ...size), models, finding);
    assert.deepEqual(models.detected, [expected]);
  });

test('gives faces in pixels of the picture, the largest first', async () => {
  const models = fakeModels();
  const large = middleFace(300);
  const small = { ...middleFace(40), box: { x: 40, y: 140, width: 60, height: 70 } };
  models.faces = [small, large];
  const found = await findFaces(fakePicture(0), models, finding);
  assert.deepEqual(
    found.map(({ box }) => [Math.round(box.x), Math.round(box.height)]),
    [
      [300, 100],
      [40, 70],
    ],
  );
  assert.ok(Math.abs((found[0]?.points[0].x ?? 0) - large.points[0].x) < 0.01);
});

test('asks the landmark net for each face of a detector that gives none', async () => {
  const models = fakeModels();
  // At the full size one anchor of one cell is sure of a face, at half the size none; the landmark net puts all points
  // into the middle of its crop.
  const looks: number[] = [];
  const detector = {
    ...models.detector,
    run: async ({ picture }: Parameters<typeof models.detector.run>[0]) => {
      const [, rows = 0, columns = 0] = (picture?.shape ?? []).map((side) => side / 32);
      looks.push(columns);
      const data = new Float32Array(25 * rows * columns).fill(-20);
      const cell = 7 * columns + 10;
      if (columns === 20)
        for (const [index, value] of [0, 0, 0, 0, 3].entries())
          data[(5 + index) * rows * columns + cell] = value;
      return { output: { data, shape: [1, 25, rows, columns] } };
    },
  };
  let asked = 0;
  const landmarks = {
    ...models.encoder,
    run: async () => {
      asked += 1;
      return { output: { data: new Float32Array(136).fill(0.5), shape: [1, 136] } };
    },
  };
  const [face, ...more] = await findFaces(fakePicture(0), { ...models, detector, landmarks }, finding);
  assert.ok(face !== undefined && more.length === 0 && asked === 1);
  assert.deepEqual(looks, [20, 10], 'at the full size and at half of it');
  const centre = { x: face.box.x + face.box.width / 2, y: face.box.y + face.box.height / 2 };
  const away = face.points.map(({ x, y }) => Math.hypot(x - centre.x, y - centre.y));
  assert.ok(Math.max(...away) < 0.01, `the points are ${away} px off the middle`);
  // 10.5 cells of 32 pixels at 640 pixels for a picture of 600.
  assert.ok(Math.abs(centre.x - 315) < 0.01);
});

test('refuses a network whose outputs are not those of its kind', async () => {
  const models = fakeModels();
  const detector = { ...models.detector, run: async () => ({}) };
  await assert.rejects(findFaces(fakePicture(0), { ...models, detector }, finding), { code: 'model-failed' });
});
