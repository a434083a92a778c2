import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byProminence, type Face } from '../../../src/vision/detection/face.js';

const picture = { width: 250, height: 250 };
/** @param eyes distance of the eyes. */
function faceAt(x: number, y: number, eyes: number): Face {
  const right = { x: x - eyes / 2, y };
  const left = { x: x + eyes / 2, y };
  return {
    box: { x: x - eyes, y: y - eyes, width: 2 * eyes, height: 2 * eyes },
    score: 0.9,
    points: [right, left, { x, y }, right, left],
  };
}
const middle = faceAt(125, 125, 40);

for (const [name, other, first] of [
  ['a small face in the background', faceAt(140, 60, 15), middle],
  ['a somewhat larger face at the edge', faceAt(215, 130, 48), middle],
  ['a much larger face beside the middle', faceAt(150, 120, 90), undefined],
] as const)
  test(`compared with ${name}, ${first === undefined ? 'the other' : 'the one in the middle'} comes first`, () => {
    assert.equal(byProminence([other, middle], picture)[0], first ?? other);
    assert.equal(byProminence([middle, other], picture)[0], first ?? other);
  });

test('loses nobody', () => {
  const faces = [middle, faceAt(10, 10, 5), faceAt(240, 240, 60)];
  assert.equal(byProminence(faces, picture).length, 3);
});
