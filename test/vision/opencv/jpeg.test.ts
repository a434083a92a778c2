import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cv } from '../../../src/vision/opencv/cv.js';
import { decodePicture, pictureOf } from '../../../src/vision/opencv/opencv-picture.js';
import { isJpeg, SNAPSHOT } from '../../../src/vision/ports/picture.js';
import { pixel, ramp } from './pictures.js';

const { side, bytes: most } = SNAPSHOT;

/** What no JPEG makes short: each pixel is drawn by lot, always the same lots. */
function noise(width: number, height: number) {
  let lot = 1;
  const bytes = Buffer.alloc(width * height * 3);
  for (let at = 0; at < bytes.length; at += 1) {
    lot = (lot * 1103515245 + 12345) % 0x80000000;
    bytes[at] = lot >> 16;
  }
  return new cv.Mat(bytes, height, width, cv.CV_8UC3);
}

for (const [what, mat, expected] of [
  ['smaller than it may be stays as it is', ramp(640, 480), [640, 480]],
  ['wider than it may be is shrunk with its aspect', ramp(1920, 1080), [1280, 720]],
  ['higher than it may be is shrunk, too', ramp(720, 2560), [360, 1280]],
  ['of one row keeps one', ramp(2560, 1), [1280, 1]],
] as const)
  test(`a picture that is ${what}`, () => {
    const { bytes, width, height } = pictureOf(mat).jpeg(side, most);
    assert.ok(isJpeg(bytes));
    assert.ok(bytes.length <= most);
    const read = decodePicture(bytes);
    assert.deepEqual([read.width, read.height, width, height], [...expected, ...expected]);
    read.release();
  });

test('a picture that stays too long is made smaller until it fits, and can still be read', () => {
  const { bytes, width, height } = pictureOf(noise(1280, 1280)).jpeg(side, most);
  assert.ok(bytes.length <= most, `${bytes.length} bytes`);
  assert.ok(width < 1280 && width === height, `${width} x ${height}`);
  const read = decodePicture(bytes);
  assert.equal(read.width, width);
  read.release();
});

test('the colours are those of the picture', () => {
  const read = decodePicture(pictureOf(ramp(200, 200)).jpeg(side, most).bytes);
  const [blue = 0, green = 0, red = 0] = pixel(read.letterbox(200, 200).pixels, 200, 150, 40);
  assert.ok(Math.abs(blue - 150) < 8 && Math.abs(green - 40) < 8 && Math.abs(red - 50) < 8);
  read.release();
});
