import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TwinstileError } from '../../../src/base/errors.js';
import { limitGrowth } from '../../../src/vision/heif/decode-heif.js';
import { heifKind, readHeifHead } from '../../../src/vision/heif/heif-head.js';
import { decodePicture } from '../../../src/vision/opencv/opencv-picture.js';
import { overBudget, photoBudget, readPictureHead } from '../../../src/vision/opencv/picture-file.js';
import { AVIF, HEIC, HEIC_OF_TEN_BITS, heicTurned } from '../../fixtures/heic.js';
import { holds } from '../../support/properties.js';
import { pixel } from '../opencv/pictures.js';

function cornerOf(bytes: Uint8Array): {
  readonly size: readonly number[];
  readonly corner: readonly number[];
} {
  const picture = decodePicture(bytes);
  const { pixels } = picture.letterbox(picture.width, picture.height);
  const size = [picture.width, picture.height];
  const corner = pixel(pixels, picture.width, 0, 0);
  picture.release();
  return { size, corner };
}

for (const [what, bytes, size, corner] of [
  ['as it is stored', HEIC, [64, 48], [0, 0]],
  ['of ten bits', HEIC_OF_TEN_BITS, [64, 48], [0, 0]],
  ['turned by a quarter', heicTurned('irot', 1), [48, 64], [252, 0]],
  ['turned by a half', heicTurned('irot', 2), [64, 48], [252, 188]],
  ['turned by three quarters', heicTurned('irot', 3), [48, 64], [0, 188]],
  ['mirrored from left to right', heicTurned('imir', 1), [64, 48], [252, 0]],
  ['mirrored from top to bottom', heicTurned('imir', 0), [64, 48], [0, 188]],
] as const)
  test(`a HEIC ${what} is read as it is to be shown`, () => {
    const found = cornerOf(bytes);
    assert.deepEqual(found.size, size);
    const [blue = 0, green = 0, red = 0] = found.corner;
    for (const [is, wanted] of [
      [blue, corner[0]],
      [green, corner[1]],
      [red, 50],
    ] as const)
      assert.ok(Math.abs(is - wanted) <= 20, `${found.corner}`);
  });

test('size, kind and end of a HEIC are known before a decoder is asked', () => {
  assert.deepEqual(readHeifHead(HEIC), { size: { width: 64, height: 64 }, isComplete: true });
  assert.deepEqual([HEIC, AVIF, Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isomavc1')].map(heifKind), [
    'HEIC',
    'AVIF',
    undefined,
  ]);
  assert.equal(readPictureHead(HEIC)?.kind, 'HEIC');
  const claims = Buffer.from(HEIC);
  claims.writeUInt32BE(60_000, claims.indexOf('ispe', 0, 'latin1') + 8);
  claims.writeUInt32BE(60_000, claims.indexOf('ispe', 0, 'latin1') + 12);
  const head = readPictureHead(claims);
  assert.ok(head !== undefined && overBudget(head, photoBudget(head)) !== undefined);
  assert.throws(() => decodePicture(claims), { code: 'picture-unreadable', message: /megapixels/ });
});

test('one that is cut short is refused, and an AVIF gets the way to convert it', () => {
  for (const length of [HEIC.length - 1, 600, 300])
    assert.throws(() => decodePicture(HEIC.subarray(0, length)), { code: 'picture-unreadable' });
  assert.throws(() => decodePicture(AVIF), { message: /got AVIF/, hint: /heif-convert/ });
});

test('a HEIC with bytes that were changed is a picture or a refusal, and the next one is read', (t) => {
  const change = fc.tuple(fc.nat(HEIC.length - 1), fc.integer({ min: 0, max: 255 }));
  const property = fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), (changes) => {
    const bytes = Buffer.from(HEIC);
    for (const [at, value] of changes) bytes[at] = value;
    try {
      decodePicture(bytes).release();
    } catch (error) {
      assert.ok(error instanceof TwinstileError && error.code === 'picture-unreadable', String(error));
    }
  });
  return holds(t, property, { short: 60, long: 5000 }).then(() =>
    assert.deepEqual(cornerOf(HEIC).size, [64, 48]),
  );
});

test('the memory of a decoder grows to its limit and no further, whatever a file claims', async (t) => {
  const growths = fc.array(fc.integer({ min: 0, max: 8000 }), { maxLength: 20 });
  const property = fc.property(growths, (all) => {
    const page = 65_536;
    const memory = { buffer: { byteLength: 16 * page }, grow: (pages: number) => pages };
    memory.grow = (pages) => {
      memory.buffer.byteLength += pages * page;
      return pages;
    };
    limitGrowth(memory);
    for (const pages of all) {
      const before = memory.buffer.byteLength;
      try {
        memory.grow(pages);
        assert.equal(memory.buffer.byteLength, before + pages * page);
      } catch (error) {
        assert.ok(error instanceof RangeError);
        assert.equal(memory.buffer.byteLength, before);
        assert.ok(before + pages * page > 768 * 1024 * 1024);
      }
      assert.ok(memory.buffer.byteLength <= 768 * 1024 * 1024);
    }
  });
  await holds(t, property, { short: 200, long: 20_000 });
});
