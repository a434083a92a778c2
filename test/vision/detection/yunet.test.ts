import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Face } from '../../../src/vision/detection/face.js';
import { decodeYunet } from '../../../src/vision/detection/yunet.js';
import { faceAt, STRIDES, yunetOutputs } from './yunet-outputs.js';

const size = { width: 128, height: 64 };

const outputs = (faces?: Parameters<typeof yunetOutputs>[1]) => yunetOutputs(size, faces);

const close = (a: number, b: number) => Math.abs(a - b) < 1e-3;
const same = (a: Face, b: Face) =>
  close(a.score, b.score) &&
  (['x', 'y', 'width', 'height'] as const).every((key) => close(a.box[key], b.box[key])) &&
  a.points.every(
    (point, index) => close(point.x, b.points[index]?.x ?? NaN) && close(point.y, b.points[index]?.y ?? NaN),
  );

const anyFace = fc
  .record({
    x: fc.double({ min: -10, max: 80, noNaN: true }),
    y: fc.double({ min: -10, max: 30, noNaN: true }),
    width: fc.double({ min: 21, max: 45, noNaN: true }),
    height: fc.double({ min: 21, max: 65, noNaN: true }),
    score: fc.double({ min: 0.61, max: 1, noNaN: true }),
  })
  .map(({ x, y, width, height, score }) => faceAt(x, y, width, height, score));

test('finds any face where the network says it is, whatever the stride', () => {
  fc.assert(
    fc.property(anyFace, fc.constantFrom(...STRIDES), (face, stride) => {
      const [found, ...more] = decodeYunet(outputs([{ face, stride }]), { ...size, minScore: 0.6 });
      return found !== undefined && more.length === 0 && same(found, face);
    }),
  );
});

test('finds nothing where the network sees nothing', () => {
  assert.deepEqual(decodeYunet(outputs(), { ...size, minScore: 0.1 }), []);
});

test('takes what two strides say of one face as one face, the surer of them', () => {
  const both = [
    { face: faceAt(20, 10, 30, 40, 0.8), stride: 8 as const },
    { face: faceAt(22, 11, 30, 40, 0.9), stride: 16 as const },
  ];
  const found = decodeYunet(outputs(both), { ...size, minScore: 0.6 });
  assert.equal(found.length, 1);
  assert.ok(close(found[0]?.score ?? 0, 0.9));
});

test('keeps two faces that stand beside each other, the surer first', () => {
  const two = [
    { face: faceAt(5, 10, 30, 40, 0.8), stride: 8 as const },
    { face: faceAt(70, 10, 30, 40, 0.9), stride: 8 as const },
  ];
  const found = decodeYunet(outputs(two), { ...size, minScore: 0.6 });
  assert.deepEqual(
    found.map(({ box }) => Math.round(box.x)),
    [70, 5],
  );
});

test('takes a face of just the lowest score and none below', () => {
  const at = (score: number) =>
    decodeYunet(outputs([{ face: faceAt(20, 10, 30, 40, score), stride: 8 }]), { ...size, minScore: 0.5 });
  assert.equal(at(0.5).length, 1);
  assert.equal(at(0.49).length, 0);
});

for (const [name, break_] of [
  ['a score that is NaN', (all: Broken) => all.cls_8?.data.fill(NaN)],
  ['a landmark that is NaN', (all: Broken) => all.kps_8?.data.fill(NaN)],
  ['a size that overflows', (all: Broken) => all.bbox_8?.data.fill(200)],
] as const)
  test(`takes ${name} for no face`, () => {
    const all = outputs([{ face: faceAt(20, 10, 30, 40, 0.9), stride: 8 }]);
    break_(all);
    assert.deepEqual(decodeYunet(all, { ...size, minScore: 0.6 }), []);
  });
type Broken = ReturnType<typeof outputs>;

test('refuses outputs of another size than the picture', () => {
  assert.throws(() => decodeYunet(outputs(), { width: 256, height: 64, minScore: 0.6 }), RangeError);
  assert.throws(() => decodeYunet({}, { ...size, minScore: 0.6 }), RangeError);
});
