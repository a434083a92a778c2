/** Photographs in four turns, and how many of each a pack takes as they are. One pack in one process: with two it faults when it ends. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { openPacks } from '../../../src/biometrics/packs/pack-store.js';
import { loadNetwork } from '../../../src/vision/onnx/onnx-network.js';
import type { Mat } from '../../../src/vision/opencv/binding.js';
import { cv } from '../../../src/vision/opencv/cv.js';
import { pictureOf } from '../../../src/vision/opencv/opencv-picture.js';
import { encodePhoto } from '../../../src/vision/pipeline/encode-photo.js';
import { loadModels } from '../../../src/vision/pipeline/load-models.js';
import { packFolderFor, shared } from '../../fixtures/pack-folder.js';

export const photos = path.join(shared, 'faces/lfw-dev/images');

export async function takesUprightPhotographsAlone(t: TestContext, pack: string): Promise<void> {
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
}

/** @returns how many of the pictures are taken as they are, and turned by 90, 180 and 270 degrees. */
export async function takenInTurns(
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
