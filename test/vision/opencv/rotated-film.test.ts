import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Capture } from '../../../src/vision/opencv/capture.js';
import { cv } from '../../../src/vision/opencv/cv.js';
import { heldUpright, orientationOfFilm } from '../../../src/vision/opencv/held-upright.js';
import { openVideoFile } from '../../../src/vision/opencv/video-file.js';
import { pixel, ramp } from './pictures.js';
import { scratchFolder } from './sources.js';

const needsFfmpeg = spawnSync('ffmpeg', ['-version']).error === undefined ? {} : { skip: 'needs ffmpeg' };
const ffmpeg = (...args: string[]) => execFileSync('ffmpeg', ['-v', 'error', '-y', ...args]);

for (const [kind, angle] of ['mp4', 'mov'].flatMap((one) =>
  [0, 90, -90, 180, -180, 270].map((turn) => [one, turn] as const),
))
  test(
    `a film (${kind}) with a rotation matrix of ${angle} degrees plays upright, as ffmpeg plays it`,
    needsFfmpeg,
    (t) => {
      const folder = scratchFolder(t);
      const [plain, turned, shown] = [`plain.${kind}`, `turned.${kind}`, 'shown.png'].map((name) =>
        join(folder, name),
      );
      assert.ok(plain !== undefined && turned !== undefined && shown !== undefined);
      const writer = new cv.VideoWriter(plain, cv.VideoWriter.fourcc('mp4v'), 25, new cv.Size(128, 64));
      // Blue rises to the right and green downwards: no turn looks like another.
      for (let count = 0; count < 5; count += 1) writer.write(ramp(128, 64));
      writer.release();
      ffmpeg('-i', plain, '-c', 'copy', '-metadata:s:v', `rotate=${angle}`, turned);
      ffmpeg('-i', turned, '-frames:v', '1', shown);
      const truth = cv.imread(shown);
      const clip = openVideoFile(turned, false);
      const read = clip.read();
      assert.ok(read.kind === 'frame');
      const { width, height } = read.picture;
      assert.deepEqual([width, height], [truth.cols, truth.rows]);
      const { pixels } = read.picture.letterbox(width, height);
      const data = truth.getData();
      for (const [x, y] of [
        [4, 4],
        [width - 5, 4],
        [4, height - 5],
        [width - 5, height - 5],
      ] as const)
        for (const [channel, value] of pixel(pixels, width, x, y).entries())
          assert.ok(Math.abs(value - (data[(y * width + x) * 3 + channel] ?? -99)) < 12, `${x},${y}`);
      clip.close();
    },
  );

/** As each OpenCV says that a film must be turned to the right by `right` degrees. */
const VERSIONS = [
  ['4.5.1', (right: number) => right],
  ['4.5.5', (right: number) => right],
  ['4.6.0', (right: number) => (360 - right) % 360],
  ['4.7.0', (right: number) => right],
  ['4.10.0', (right: number) => right],
  ['4.11.0', (right: number) => right],
  ['5.0.0', (right: number) => right],
] as const;

for (const [version, says] of VERSIONS)
  test(`OpenCV ${version}: a film is turned to the side that its matrix names, by us alone`, () => {
    for (const [right, corner] of [
      [90, 'lower left'],
      [180, 'lower right'],
      [270, 'upper right'],
    ] as const) {
      const set: number[][] = [];
      const capture: Capture = {
        read: () => cornered(corner),
        position: () => 0,
        get: (property) => (property === 48 ? says(right) : 0),
        set: (property, value) => set.push([property, value]) > 0,
        close: () => {},
      };
      const upright = heldUpright(capture, version).read();
      assert.equal(upright?.getData()[0], 255, `${right} degrees`);
      assert.deepEqual(set, [[49, 0]], 'its own turning is off');
      upright?.release();
    }
  });

test('what is no quarter turn is left as it is', () => {
  for (const angle of [0, 45, -1, 360, Number.NaN]) {
    assert.equal(orientationOfFilm(angle, '4.6.0'), 1);
    assert.equal(orientationOfFilm(angle, '4.10.0'), 1);
  }
});

/** A picture, 4 by 2, black but for the corner that is the upper left one when it is upright. */
function cornered(corner: 'lower left' | 'lower right' | 'upper right') {
  const mat = new cv.Mat(2, 4, cv.CV_8UC3, [0, 0, 0]);
  mat.set(corner.startsWith('lower') ? 1 : 0, corner.endsWith('left') ? 0 : 3, [255, 255, 255]);
  return mat;
}
