import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import type { Mat } from 'opencv4nodejs';
import { openPacks } from '../../../src/biometrics/packs/pack-store.js';
import { loadNetwork } from '../../../src/vision/onnx/onnx-network.js';
import { cv } from '../../../src/vision/opencv/cv.js';
import { pictureOf } from '../../../src/vision/opencv/opencv-picture.js';
import { encodePhoto } from '../../../src/vision/pipeline/encode-photo.js';
import { loadModels } from '../../../src/vision/pipeline/load-models.js';
import { isProvedUpright } from '../../../src/vision/pipeline/upright-check.js';
import { packFolderFor, shared } from '../../fixtures/pack-folder.js';
import { fakeModels, fakePicture, middleFace } from './fake-models.js';

for (const [turn, proved] of [
  [0, true],
  [1, false],
  [2, false],
  [3, false],
] as const)
  test(`a face whose surest turn is ${turn * 90} degrees is ${proved ? '' : 'not '}proved upright`, async () => {
    const models = fakeModels();
    models.turn = turn;
    assert.equal(await isProvedUpright(fakePicture(1), middleFace(), models), proved);
  });

test('a face that the detector does not find again proves nothing, nor does one with a broken box', async () => {
  const models = fakeModels();
  models.turn = -1;
  assert.equal(await isProvedUpright(fakePicture(1), middleFace(), models), false);
  const { box } = middleFace();
  const broken = { ...middleFace(), box: { ...box, width: Number.NaN } };
  assert.equal(await isProvedUpright(fakePicture(1), broken, models), false);
});

const photos = path.join(shared, 'faces/lfw-dev/images');

for (const pack of ['mobile', 'builtin'])
  test(`no photograph that lies on its side or head is taken as it is, and upright ones are: ${pack}`, {
    skip: existsSync(photos) ? false : 'needs shared data',
    timeout: 300_000,
  }, async (t) => {
    const folder = await packFolderFor(t, pack);
    if (folder === undefined || !existsSync(path.join(folder, pack))) return t.skip('needs shared data');
    const files = readdirSync(photos, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.jpg$/.test(name),
    );
    const some = files.sort().filter((_, index) => index % Math.floor(files.length / 24) === 0);
    const [upright = 0, ...turned] = await takenInTurns(
      folder,
      pack,
      some.map((file) => path.join(photos, file)),
    );
    assert.deepEqual(turned, [0, 0, 0]);
    assert.ok(upright >= some.length * 0.85, `${upright} of ${some.length} upright ones`);
  });

test('a tilted head at the edge of the picture is proved upright, and not one that is turned', async (t) => {
  const folder = await packFolderFor(t, 'builtin');
  if (folder === undefined || !existsSync(path.join(folder, 'builtin'))) return t.skip('needs pack builtin');
  const samples = path.dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json'));
  const whole = cv.imread(path.join(samples, 'demo/sample4.jpg'));
  const part = whole.getRegion(new cv.Rect(669, 117, 356, 356)).resize(400, 400);
  assert.deepEqual(await takenInTurns(folder, 'builtin', [part]), [1, 0, 0, 0]);
});

/** @returns how many of the pictures are taken as they are, and turned by 90, 180 and 270 degrees. */
async function takenInTurns(
  folder: string,
  packName: string,
  pictures: readonly (string | Mat)[],
): Promise<readonly number[]> {
  const pack = await openPacks(folder).open(packName);
  const models = await loadModels(pack, loadNetwork, { threads: 1, provider: 'cpu' });
  const settings = { detector: { width: 640, minScore: 0.6 }, minInterOcular: 12 };
  const taken = [0, 0, 0, 0];
  for (const picture of pictures)
    for (const [turn, code] of [
      undefined,
      cv.ROTATE_90_CLOCKWISE,
      cv.ROTATE_180,
      cv.ROTATE_90_COUNTERCLOCKWISE,
    ].entries()) {
      const decode = () => {
        const upright = typeof picture === 'string' ? cv.imread(picture) : picture.copy();
        return pictureOf(code === undefined ? upright : upright.rotate(code));
      };
      const result = await encodePhoto(new Uint8Array(1), { models, settings, decode });
      const good = result.kind === 'faces' && result.faces[0]?.problems.length === 0;
      if (good) taken[turn] = (taken[turn] ?? 0) + 1;
    }
  return taken;
}
