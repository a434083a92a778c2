import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { cv } from '../../../src/vision/opencv/cv.js';
import { openVideoFile } from '../../../src/vision/opencv/video-file.js';
import { pixel, ramp } from './pictures.js';
import { scratchFolder } from './sources.js';

const needsFfmpeg = spawnSync('ffmpeg', ['-version']).error === undefined ? {} : { skip: 'needs ffmpeg' };
const ffmpeg = (...args: string[]) => execFileSync('ffmpeg', ['-v', 'error', '-y', ...args]);

for (const angle of [0, 90, 180, 270])
  test(
    `a film with a rotation matrix of ${angle} degrees plays upright, as ffmpeg plays it`,
    needsFfmpeg,
    (t) => {
      const folder = scratchFolder(t);
      const [plain, turned, shown] = ['plain.mp4', 'turned.mp4', 'shown.png'].map((name) =>
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
