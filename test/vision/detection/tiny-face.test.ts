import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { suppressNonMaxima } from '../../../src/vision/detection/face.js';
import { decodeTinyFace, type ScoredBox } from '../../../src/vision/detection/tiny-face.js';
import { type Box, centreOf, overlap } from '../../../src/vision/geometry.js';

const ROWS = 3;
const COLUMNS = 4;
/** Widths and heights of the anchors in pixels: face-api's, in cells of 32. */
const WIDTHS = [1.603231, 6.041143, 2.882459, 4.266906, 9.041765].map((cells) => cells * 32);
const HEIGHTS = [2.094468, 7.080126, 3.518061, 5.178857, 10.66308].map((cells) => cells * 32);

interface Say {
  readonly anchor: number;
  readonly row: number;
  readonly column: number;
  /** x, y, log width, log height, score: as the network puts them out. */
  readonly numbers: readonly [number, number, number, number, number];
}

/** An output in which all is -20 (no face) but what is said. */
function outputThatSays(...says: readonly Say[]) {
  const data = new Float32Array(25 * ROWS * COLUMNS).fill(-20);
  for (const { anchor, row, column, numbers } of says)
    for (const [which, number] of numbers.entries())
      data[((anchor * 5 + which) * ROWS + row) * COLUMNS + column] = number;
  return { data, shape: [1, 25, ROWS, COLUMNS] };
}

const close = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-3, `${actual} instead of ${expected}`);

test('sees nobody where no score is high enough', () => {
  assert.deepEqual(decodeTinyFace(outputThatSays(), { minScore: 0.1 }), []);
});

for (const [anchor, width] of WIDTHS.entries())
  test(`reads a box of anchor ${anchor}, ${Math.round(width)} pixels wide, in the middle of its cell`, () => {
    const output = outputThatSays({ anchor, row: 2, column: 3, numbers: [0, 0, 0, 0, 2] });
    const [face, ...more] = decodeTinyFace(output, { minScore: 0.5 });
    assert.ok(face);
    assert.equal(more.length, 0);
    close(centreOf(face.box).x, 3.5 * 32);
    close(centreOf(face.box).y, 2.5 * 32);
    close(face.box.width, width);
    close(face.box.height, HEIGHTS[anchor] ?? Number.NaN);
  });

test('moves and stretches the anchor as the network says', () => {
  const numbers = [Math.log(3), -Math.log(3), Math.log(2), Math.log(0.5), 3] as const;
  const [face] = decodeTinyFace(outputThatSays({ anchor: 0, row: 1, column: 0, numbers }), { minScore: 0.5 });
  assert.ok(face);
  close(centreOf(face.box).x, 0.75 * 32);
  close(centreOf(face.box).y, 1.25 * 32);
  close(face.box.width, (WIDTHS[0] ?? 0) * 2);
  close(face.box.height, (HEIGHTS[0] ?? 0) / 2);
});

test('scores by the square root of what the network says, and counts the lowest score itself', () => {
  // sigmoid(ln(1/3)) is exactly a quarter, but for the rounding of float32.
  const output = outputThatSays({ anchor: 0, row: 0, column: 0, numbers: [0, 0, 0, 0, -Math.log(3)] });
  const [face] = decodeTinyFace(output, { minScore: 0.4999 });
  close(face?.score ?? Number.NaN, 0.5);
  assert.equal(decodeTinyFace(output, { minScore: face?.score ?? Number.NaN }).length, 1);
  assert.deepEqual(decodeTinyFace(output, { minScore: 0.501 }), []);
});

for (const [name, numbers] of [
  ['score', [0, 0, 0, 0, Number.NaN]],
  ['place', [Number.NaN, 0, 0, 0, 5]],
  ['size', [0, 0, 0, 1000, 5]],
] as const)
  test(`takes no face whose ${name} is no number`, () => {
    const output = outputThatSays({ anchor: 0, row: 0, column: 0, numbers });
    assert.deepEqual(decodeTinyFace(output, { minScore: 0.1 }), []);
  });

test('keeps the surer of two boxes on one face, and the other face beside it, best first', () => {
  const output = outputThatSays(
    { anchor: 0, row: 0, column: 0, numbers: [0, 0, 0, 0, 1] },
    { anchor: 0, row: 0, column: 3, numbers: [0, 0, 0, 0, 3] },
    { anchor: 0, row: 1, column: 0, numbers: [0, -3, 0, 0, 2] },
  );
  const faces = decodeTinyFace(output, { minScore: 0.5 });
  assert.deepEqual(
    faces.map(({ box }) => [centreOf(box).x, Math.floor(centreOf(box).y / 32)]),
    [
      [3.5 * 32, 0],
      [0.5 * 32, 1],
    ],
  );
  assert.equal(decodeTinyFace(output, { minScore: 0.5, maxOverlap: 1 }).length, 3);
});

for (const [name, output] of [
  ['of another network', { data: new Float32Array(12), shape: [1, 12] }],
  ['that is cut short', { data: new Float32Array(25), shape: [1, 25, 2, 2] }],
] as const)
  test(`refuses an output ${name}`, () => {
    assert.throws(() => decodeTinyFace(output, { minScore: 0.5 }), RangeError);
  });

const anyBox = fc
  .tuple(fc.nat(50), fc.nat(50), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }))
  .map(([x, y, width, height]): Box => ({ x, y, width, height }));
const anyBoxes: fc.Arbitrary<readonly ScoredBox[]> = fc.array(
  fc.record({ box: anyBox, score: fc.integer({ min: 0, max: 100 }).map((score) => score / 100) }),
  { maxLength: 20 },
);

test('of any boxes, none kept overlap, and each one dropped overlaps a surer one', () => {
  fc.assert(
    fc.property(anyBoxes, (boxes) => {
      const kept = suppressNonMaxima(boxes, 0.4);
      for (const [index, a] of kept.entries())
        for (const b of kept.slice(index + 1)) assert.ok(overlap(a.box, b.box) <= 0.4 && a.score >= b.score);
      for (const dropped of boxes.filter((box) => !kept.includes(box)))
        assert.ok(kept.some(({ box, score }) => overlap(box, dropped.box) > 0.4 && score >= dropped.score));
    }),
  );
});
