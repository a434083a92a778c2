import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cv } from '../../../src/vision/opencv/cv.js';
import { decodePicture, pictureOf } from '../../../src/vision/opencv/opencv-picture.js';
import {
  overBudget,
  photoBudget,
  readPictureHead,
  reductionOf,
} from '../../../src/vision/opencv/picture-file.js';
import * as costly from '../../fixtures/costly-photos.js';
import { holds } from '../../support/properties.js';
import { encoded, ramp, scanBomb } from './pictures.js';

const KB = 1024;

for (const [name, { bytes }] of [
  ['50 megapixels', costly.plainPng(7071, 7071, 'grey1')],
  ['25 megapixels in 100 scans', costly.manyScans(5000, 5000, 64 * KB, 100)],
  ['10 megapixels in 300 scans', costly.manyScans(3200, 3200, 64 * KB, 300)],
  ['20 megapixels of WebP', costly.plainWebP(5000, 4000, 101)],
] as const)
  test(`a photograph of 64 kB or less that asks for ${name} is refused by its size before it is decoded`, () => {
    assert.ok(bytes.length <= 64 * KB, `${bytes.length}`);
    assert.throws(() => decodePicture(bytes), {
      code: 'picture-unreadable',
      message: /^Expected at most \d+ (megapixels in a file of \d+ bytes|scans of \d+ x \d+ pixels), got /,
    });
  });

test('what a file may ask of a decoder never exceeds what its bytes pay for, nor 50 megapixels in memory', (t) => {
  const head = fc.record({
    width: fc.integer({ min: 1, max: 65_535 }),
    height: fc.integer({ min: 1, max: 65_535 }),
    scans: fc.integer({ min: 1, max: 5000 }),
    bytes: fc.integer({ min: 26, max: 64 << 20 }),
    isReducible: fc.boolean(),
  });
  return holds(
    t,
    fc.property(head, ({ width, height, scans: given, bytes, isReducible }) => {
      const scans = isReducible ? 1 : given;
      const pixels = width * height;
      const size = { width, height };
      if (overBudget({ size, scans, bytes }, photoBudget({ isReducible })) !== undefined) return;
      const left = pixels / reductionOf({ size }) ** 2;
      assert.ok(left <= 50e6 && (isReducible || pixels <= 50e6) && pixels <= 4e6 + 100 * bytes);
      assert.ok(pixels * scans <= 250e6 && pixels * scans <= 10 * (4e6 + 100 * bytes));
    }),
    { short: 2000, long: 100_000 },
  );
});

test('photographs as cameras, phones and messengers make them are within the budget', () => {
  for (const [width, height, scans, bytes] of [
    [16320, 12240, 1, 45_000_000],
    [12000, 9000, 1, 25_000_000],
    [8160, 6120, 1, 9_000_000],
    [4032, 3024, 10, 1_500_000],
    [4000, 3000, 10, 200_000],
    [2048, 1536, 10, 120_000],
    [2000, 2000, 10, 12_000],
    [1600, 1200, 1, 60_000],
  ] as const)
    assert.equal(
      overBudget({ size: { width, height }, scans, bytes }, photoBudget({ isReducible: scans === 1 })),
      undefined,
    );
  assert.ok(readPictureHead(encoded('.jpg', 1600, 1200)));
});

test('a picture that is looked at in several sizes looks as it does in each alone', () => {
  const sizes = [
    [640, 480],
    [320, 240],
    [160, 160],
    [1280, 960],
    [100, 700],
  ] as const;
  const together = pictureOf(ramp(2001, 1501, { step: 0.1 }));
  for (const [width, height] of sizes) {
    const alone = pictureOf(ramp(2001, 1501, { step: 0.1 }));
    assert.deepEqual(together.letterbox(width, height), alone.letterbox(width, height));
    alone.release();
  }
  together.release();
});

test('only a sequential JPEG of one scan is made smaller while it is read: a progressive one is whole in memory', () => {
  const whole = new cv.Mat(64, 64, cv.CV_8UC1, 90);
  const isReducible = (bytes: Uint8Array) => readPictureHead(bytes)?.isReducible;
  assert.equal(isReducible(cv.imencode('.jpg', whole)), true);
  assert.equal(isReducible(cv.imencode('.jpg', whole, [cv.IMWRITE_JPEG_PROGRESSIVE, 1])), false);
  assert.equal(isReducible(scanBomb(64, 64, 1)), false);
  for (const extension of ['.png', '.bmp', '.webp'] as const)
    assert.equal(isReducible(encoded(extension)), false);
});
