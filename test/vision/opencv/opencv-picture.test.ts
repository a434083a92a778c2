import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TwinstileError } from '../../../src/base/errors.js';
import { type Box, similarityBetween, transform } from '../../../src/vision/geometry.js';
import { cv } from '../../../src/vision/opencv/cv.js';
import { decodePicture, pictureOf } from '../../../src/vision/opencv/opencv-picture.js';
import { isJpeg, SNAPSHOT } from '../../../src/vision/ports/picture.js';
import { holds } from '../../support/properties.js';
import {
  encoded,
  pixel,
  pngWithOrientation,
  ramp,
  scanBomb,
  webpWithOrientation,
  withOrientation,
  withXmpBeforeOrientation,
} from './pictures.js';

const isUnreadable = (error: unknown) =>
  error instanceof TwinstileError && error.code === 'picture-unreadable';
const near = (actual: readonly number[], expected: readonly number[], tolerance: number) =>
  actual.forEach((value, index) => {
    const wanted = expected[index] ?? Number.NaN;
    assert.ok(Math.abs(value - wanted) <= tolerance, `${actual} is not within ${tolerance} of ${expected}`);
  });

for (const extension of ['.jpg', '.png', '.bmp', '.webp'] as const)
  test(`reads a ${extension} file`, () => {
    const picture = decodePicture(encoded(extension));
    assert.deepEqual([picture.width, picture.height], [64, 48]);
    const { pixels } = picture.letterbox(64, 48);
    near(pixel(pixels, 64, 40, 20), [40, 20, 50], extension === '.jpg' || extension === '.webp' ? 8 : 0);
    picture.release();
  });

test('reads a picture of one pixel', () => {
  const picture = decodePicture(encoded('.png', 1, 1));
  const { pixels, scale } = picture.letterbox(4, 2);
  assert.equal(scale, 2);
  assert.deepEqual(pixel(pixels, 4, 1, 1), [0, 0, 50]);
  assert.deepEqual(pixel(pixels, 4, 2, 1), [0, 0, 0]);
  picture.release();
});

test('turns grey into bgr8', () => {
  const grey = new cv.Mat(10, 10, cv.CV_8UC1, [77]);
  const picture = decodePicture(cv.imencode('.png', grey));
  assert.deepEqual(pixel(picture.letterbox(10, 10).pixels, 10, 5, 5), [77, 77, 77]);
});

test('leaves alpha out', () => {
  const clear = new cv.Mat(10, 10, cv.CV_8UC4, [10, 20, 30, 128]);
  const picture = decodePicture(cv.imencode('.png', clear));
  assert.deepEqual(pixel(picture.letterbox(10, 10).pixels, 10, 5, 5), [10, 20, 30]);
});

/** What the first corner shows, and the size, of a picture of 64 x 48 that was held in each way; 9 is none. */
const HELD = [
  [1, [64, 48], [0, 0]],
  [2, [64, 48], [63, 0]],
  [3, [64, 48], [63, 47]],
  [4, [64, 48], [0, 47]],
  [5, [48, 64], [0, 0]],
  [6, [48, 64], [0, 47]],
  [7, [48, 64], [63, 47]],
  [8, [48, 64], [63, 0]],
  [9, [64, 48], [0, 0]],
] as const;
const HOLDERS: Readonly<Record<string, (orientation: number) => Uint8Array>> = {
  JPEG: (orientation) => withOrientation(encoded('.jpg'), orientation),
  'JPEG with XMP before its EXIF': (orientation) => withXmpBeforeOrientation(encoded('.jpg'), orientation),
  'JPEG with a long number': (orientation) => withXmpBeforeOrientation(encoded('.jpg'), orientation, true),
  WebP: (orientation) => webpWithOrientation(encoded('.webp'), 64, 48, orientation),
  PNG: (orientation) => pngWithOrientation(encoded('.png'), orientation, false),
  'PNG with EXIF behind its pixels': (orientation) => pngWithOrientation(encoded('.png'), orientation, true),
};
for (const [kind, holder] of Object.entries(HOLDERS))
  test(`turns a ${kind} upright, in whichever of eight ways it was held`, () => {
    for (const [orientation, size, corner] of HELD) {
      const picture = decodePicture(holder(orientation));
      assert.deepEqual([picture.width, picture.height], size, `orientation ${orientation}`);
      const { pixels } = picture.letterbox(picture.width, picture.height);
      near(pixel(pixels, picture.width, 0, 0).slice(0, 2), corner, 14);
      picture.release();
    }
  });

test('any bytes in the place of EXIF leave a photograph as it is, or turn it', (t) => {
  const block = fc.uint8Array({ maxLength: 80 });
  const property = fc.property(block, fc.constantFrom('', 'II*\0', 'MM\0*'), (bytes, order) => {
    const exif = Buffer.concat([Buffer.from(`Exif\0\0${order}`, 'latin1'), bytes]);
    const head = Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, 2 + exif.length]);
    const picture = decodePicture(Buffer.concat([head, exif, encoded('.jpg').subarray(2)]));
    assert.equal(picture.width * picture.height, 64 * 48);
    picture.release();
  });
  return holds(t, property, { short: 200, long: 20_000 });
});

test('a photograph of more than 50 megapixels is made smaller while it is read, and turned upright', () => {
  const grey = new cv.Mat(7000, 8000, cv.CV_8UC1, 90);
  const large = cv.imencode('.jpg', grey);
  grey.release();
  const picture = decodePicture(withOrientation(large, 6));
  assert.deepEqual([picture.width, picture.height], [3500, 4000]);
  near(pixel(picture.crop({ x: 100, y: 100, width: 8, height: 8 }, 8, 8), 8, 4, 4), [90, 90, 90], 2);
  picture.release();
});

const jpeg = encoded('.jpg', 640, 480);
const png = encoded('.png', 640, 480);
for (const [name, bytes] of [
  ['an empty file', new Uint8Array()],
  ['a text file', Buffer.from('This is not a picture, whatever its name says.\n'.repeat(20))],
  ['the first half of a JPEG', jpeg.subarray(0, jpeg.length >> 1)],
  ['a JPEG without its last byte', jpeg.subarray(0, -1)],
  ['a JPEG cut inside its head', jpeg.subarray(0, 40)],
  ['the first half of a PNG', png.subarray(0, png.length >> 1)],
  ['the first half of a BMP', encoded('.bmp').subarray(0, 4000)],
  ['the first half of a WebP', encoded('.webp').subarray(0, 60)],
  ['a PNG with rubbish inside', Buffer.concat([png.subarray(0, 60), Buffer.alloc(100), png.subarray(160)])],
  ['a GIF', Buffer.concat([Buffer.from('GIF89a'), Buffer.alloc(100)])],
  ['a TIFF', Buffer.concat([Buffer.from('II*\0'), Buffer.alloc(100)])],
  ['a PNG that promises 100,000 x 100,000 pixels', promising(png, 100_000, 100_000)],
  ['a PNG of 51 megapixels', promising(png, 51_000, 1000)],
  ['a JPEG of 64 KB that asks for 5,000 scans of 25 megapixels', scanBomb(5000, 5000, 5000)],
] as const)
  test(`refuses ${name}`, () => assert.throws(() => decodePicture(bytes), isUnreadable));

function promising(file: Uint8Array, width: number, height: number): Uint8Array {
  const copy = Buffer.from(file);
  copy.writeUInt32BE(width, 16);
  copy.writeUInt32BE(height, 20);
  return copy;
}

test('never fails otherwise than with picture-unreadable, whatever is broken in a file', async (t) => {
  const files = (['.jpg', '.png', '.bmp', '.webp'] as const).map((extension) => encoded(extension));
  const damage = fc.tuple(
    fc.constantFrom(...files),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
    fc.nat(3000),
  );
  await holds(
    t,
    fc.property(damage, ([file, changes, lost]) => {
      const broken = Buffer.from(file.subarray(0, Math.max(0, file.length - (lost > 1000 ? 0 : lost))));
      for (const [at, value] of changes) if (broken.length > 0) broken[at % broken.length] = value;
      try {
        decodePicture(broken).release();
      } catch (error) {
        assert.ok(isUnreadable(error), String(error));
      }
    }),
    { short: 300, long: 20_000 },
  );
});

test('fits a wide picture into the top of a letterbox and leaves the rest 0', () => {
  const picture = pictureOf(ramp(1280, 720, { step: 0.1 }));
  const { pixels, scale } = picture.letterbox(640, 384);
  assert.equal(scale, 0.5);
  assert.equal(pixels.length, 640 * 384 * 3);
  near(pixel(pixels, 640, 300, 200), [60, 40, 50], 1);
  assert.deepEqual(pixel(pixels, 640, 300, 359)[2], 50);
  assert.deepEqual(pixel(pixels, 640, 300, 360), [0, 0, 0]);
});

test('fits a high picture into the left of a letterbox and leaves the rest 0', () => {
  const picture = pictureOf(ramp(100, 200));
  const { pixels, scale } = picture.letterbox(64, 64);
  assert.equal(scale, 0.32);
  assert.deepEqual(pixel(pixels, 64, 31, 63)[2], 50);
  assert.deepEqual(pixel(pixels, 64, 32, 63), [0, 0, 0]);
});

for (const [width, height] of [
  [320, 180],
  [213, 120],
  [64, 64],
  [50, 7],
] as const)
  test(`shrinks a fine chequerboard to ${width}x${height} without aliasing`, () => {
    const picture = pictureOf(chequerboard(640, 360));
    const { pixels, scale } = picture.letterbox(width, height);
    const inside = Math.floor(640 * scale) * 3 * Math.floor(360 * scale);
    const shown = pixels.filter((value) => value > 0);
    assert.ok(shown.length >= inside * 0.99);
    assert.ok(shown.every((value) => value >= 100 && value <= 155));
  });

function chequerboard(width: number, height: number) {
  const bytes = Buffer.alloc(width * height * 3);
  for (let at = 0; at < width * height; at += 1)
    if ((at + Math.floor(at / width)) % 2 === 0) bytes.fill(255, at * 3, at * 3 + 3);
  return new cv.Mat(bytes, height, width, cv.CV_8UC3);
}

test('warps each pixel from where the similarity says, at any scale', async (t) => {
  const size = 112;
  const picture = pictureOf(ramp(1000, 1000, { step: 2, from: 440 }));
  const placement = fc.record({
    scale: fc.double({ min: 0.15, max: 2, noNaN: true }),
    angle: fc.double({ min: -3, max: 3, noNaN: true }),
    x: fc.integer({ min: 490, max: 510 }),
    y: fc.integer({ min: 490, max: 510 }),
  });
  await holds(
    t,
    fc.property(placement, ({ scale, angle, x, y }) => {
      const a = scale * Math.cos(angle);
      const b = scale * Math.sin(angle);
      const centred = { a, b, tx: size / 2 - (a * x - b * y), ty: size / 2 - (b * x + a * y) };
      const chip = picture.warp(centred, size, size);
      for (const [px, py] of [
        [56, 56],
        [52, 59],
        [60, 53],
      ] as const) {
        const back = similarityBetween(
          [transform(centred, { x: 0, y: 0 }), transform(centred, { x: 1000, y: 0 })],
          [
            { x: 0, y: 0 },
            { x: 1000, y: 0 },
          ],
        );
        const from = transform(back, { x: px, y: py });
        near(pixel(chip, size, px, py), [2 * (from.x - 440), 2 * (from.y - 440), 50], 1.7);
      }
    }),
    { short: 100, long: 20_000 },
  );
  picture.release();
});

test('warps a fine chequerboard into grey when it shrinks strongly', () => {
  const picture = pictureOf(chequerboard(800, 800));
  const chip = picture.warp({ a: 0.21, b: 0.05, tx: 0, ty: 0 }, 80, 80);
  assert.ok(chip.subarray(80 * 3 * 30, 80 * 3 * 50).every((value) => value >= 110 && value <= 145));
});

for (const [name, similarity] of [
  ['lies outside of the frame', { a: 1, b: 0, tx: 5000, ty: 0 }],
  ['lies outside of the frame and shrinks', { a: 0.2, b: 0, tx: 5000, ty: 0 }],
  ['has no scale', { a: 0, b: 0, tx: 0, ty: 0 }],
  ['is not a number', { a: Number.NaN, b: 0, tx: 0, ty: 0 }],
] as const)
  test(`gives a black chip when what it shows ${name}`, () => {
    const chip = pictureOf(ramp(100, 100)).warp(similarity, 32, 32);
    assert.equal(chip.length, 32 * 32 * 3);
    assert.ok(chip.every((value) => value === 0));
  });

test('puts 0 where a warp reaches beyond the frame', () => {
  const chip = pictureOf(ramp(100, 100)).warp({ a: 1, b: 0, tx: 10, ty: 0 }, 32, 32);
  assert.deepEqual(pixel(chip, 32, 5, 5), [0, 0, 0]);
  assert.deepEqual(pixel(chip, 32, 15, 7), [5, 7, 50]);
});

for (const [name, box, expected] of [
  ['inside', { x: 20, y: 10, width: 8, height: 8 }, [20, 10, 50]],
  ['over the left and upper edge', { x: -8, y: -8, width: 16, height: 16 }, [0, 0, 50]],
  ['over the right and lower edge', { x: 92, y: 92, width: 16, height: 16 }, [92, 92, 50]],
  ['outside', { x: 200, y: 0, width: 16, height: 16 }, [0, 0, 0]],
  ['nowhere', { x: Number.NaN, y: 0, width: 16, height: 16 }, [0, 0, 0]],
  ['of no size', { x: 10, y: 10, width: 0, height: 5 }, [0, 0, 0]],
] as const)
  test(`cuts a box ${name}`, () => {
    const pixels = pictureOf(ramp(100, 100)).crop(box, 8, 8);
    assert.equal(pixels.length, 8 * 8 * 3);
    near(pixel(pixels, 8, 0, 0), expected, 0);
  });

test('can be released twice', () => {
  const picture = pictureOf(ramp(10, 10));
  picture.release();
  picture.release();
});

test('gives its memory back when it is released', () => {
  const before = process.memoryUsage().rss;
  for (let turn = 0; turn < 40; turn += 1) pictureOf(new cv.Mat(1080, 1920, cv.CV_8UC3, [1, 2, 3])).release();
  // 249 MB were made.
  assert.ok(process.memoryUsage().rss - before < 100e6);
});

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

/** Mean difference between neighbours in a row, over a rectangle: 0 where all of it has one colour. */
function detail(
  { pixels, width }: { pixels: Uint8Array; width: number },
  x: number,
  y: number,
  size: number,
) {
  let sum = 0;
  for (let row = y; row < y + size; row += 1)
    for (let column = x; column < x + size - 1; column += 1) {
      const at = 3 * (row * width + column);
      sum += Math.abs((pixels[at] ?? 0) - (pixels[at + 3] ?? 0));
    }
  return sum / (size * (size - 1));
}

test('of a picture of which a part is clear, only that part shows anything', () => {
  const shown = (clear?: Box) => {
    const jpeg = pictureOf(noise(640, 480)).jpeg(640, 2_000_000, clear);
    const read = decodePicture(jpeg.bytes);
    const { pixels } = read.letterbox(640, 480);
    read.release();
    return { pixels, width: 640 };
  };
  const [whole, part] = [shown(), shown({ x: 0.25, y: 0.25, width: 0.5, height: 0.5 })];
  const inside = [200, 160, 200] as const;
  assert.ok(detail(part, ...inside) > 0.8 * detail(whole, ...inside));
  for (const [x, y] of [
    [0, 0],
    [500, 20],
    [20, 380],
    [500, 380],
  ] as const)
    assert.ok(detail(part, x, y, 90) < 0.1 * detail(whole, x, y, 90), `${x}, ${y}`);
  const nothing = shown({ x: Number.NaN, y: 0, width: 1, height: 1 });
  assert.ok(detail(nothing, ...inside) < 0.1 * detail(whole, ...inside));
});
