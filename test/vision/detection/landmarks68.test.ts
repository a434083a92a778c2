import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fivePointsOf, landmarkCrop, pointsOf } from '../../../src/vision/detection/landmarks68.js';
import { centreOf } from '../../../src/vision/geometry.js';

/** All points at (0,0) but those given, as the network puts them out. */
function landmarksWith(points: Readonly<Record<number, readonly [number, number]>>): Float32Array {
  const landmarks = new Float32Array(136);
  for (const [index, [x, y]] of Object.entries(points)) landmarks.set([x, y], 2 * Number(index));
  return landmarks;
}

const crop = { x: 100, y: 50, width: 200, height: 200 };

for (const [name, box, expected] of [
  ['a high box', { x: 10, y: 20, width: 60, height: 100 }, { x: -10, y: 20, width: 100, height: 100 }],
  ['a wide box', { x: 10, y: 20, width: 100, height: 60 }, { x: 10, y: 0, width: 100, height: 100 }],
  ['a square', { x: -5, y: 7, width: 30, height: 30 }, { x: -5, y: 7, width: 30, height: 30 }],
] as const)
  test(`cuts out the square about ${name}, beyond the frame where it must`, () => {
    assert.deepEqual(landmarkCrop(box), expected);
  });

test('the square has the centre of the box and holds it', () => {
  const side = fc.integer({ min: 1, max: 2000 });
  const place = fc.integer({ min: -2000, max: 2000 });
  fc.assert(
    fc.property(fc.record({ x: place, y: place, width: side, height: side }), (box) => {
      const square = landmarkCrop(box);
      assert.deepEqual(centreOf(square), centreOf(box));
      assert.equal(square.width, square.height);
      assert.equal(square.width, Math.max(box.width, box.height));
    }),
  );
});

test('puts the points back into the frame', () => {
  const points = pointsOf(landmarksWith({ 0: [0, 0.5], 67: [0.25, 1] }), crop);
  assert.equal(points.length, 68);
  assert.deepEqual(points[0], { x: 100, y: 150 });
  assert.deepEqual(points[67], { x: 150, y: 250 });
});

test("takes the person's right eye first: points 36 to 41, then 42 to 47, each by their centre", () => {
  // Eyes are six points about their centre; the right one is the left one in the picture.
  const ring = (x: number): readonly (readonly [number, number])[] =>
    [-0.125, -0.0625, 0.0625, 0.125, 0.0625, -0.0625].map((dx) => [x + dx, 0.25]);
  const eyes = Object.fromEntries([...ring(0.25), ...ring(0.75)].map((point, index) => [36 + index, point]));
  const [right, left] = fivePointsOf(landmarksWith(eyes), crop);
  assert.deepEqual(right, { x: 150, y: 100 });
  assert.deepEqual(left, { x: 250, y: 100 });
});

test('takes the tip of the nose from point 30 and the mouth corners from 48 and 54', () => {
  const [, , nose, rightCorner, leftCorner] = fivePointsOf(
    landmarksWith({ 30: [0.5, 0.5], 48: [0.25, 0.75], 54: [0.75, 0.75] }),
    crop,
  );
  assert.deepEqual(
    [nose, rightCorner, leftCorner],
    [
      { x: 200, y: 150 },
      { x: 150, y: 200 },
      { x: 250, y: 200 },
    ],
  );
});

test('refuses an output that is not 68 points', () => {
  assert.throws(() => fivePointsOf(new Float32Array(10), crop), RangeError);
});
