import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appearanceOf, likeness } from '../../../src/vision/pipeline/assess-quality.js';

const SIDE = 64;

/** A chip whose cells of 4x4 pixels have these grey levels. */
function chipOf(level: (x: number, y: number) => number): Uint8Array {
  const pixels = new Uint8Array(SIDE * SIDE * 3);
  for (let y = 0; y < SIDE; y += 1)
    for (let x = 0; x < SIDE; x += 1)
      pixels.fill(level(x >> 2, y >> 2), (y * SIDE + x) * 3, (y * SIDE + x) * 3 + 3);
  return pixels;
}
const look = (level: (x: number, y: number) => number) => appearanceOf(chipOf(level), SIDE);
const face = (x: number, y: number) => 60 + ((x * 7 + y * 11) % 90);

test('finds a face like itself in brighter and in darker light', () => {
  assert.ok(
    likeness(
      look(face),
      look((x, y) => face(x, y) * 1.3 + 20),
    ) > 0.99,
  );
  assert.ok(
    likeness(
      look(face),
      look((x, y) => face(x, y) * 0.4),
    ) > 0.99,
  );
});

test('does not look at what is around the face', () => {
  const changed = (x: number, y: number) => (x < 3 || x >= 13 || y < 3 || y >= 14 ? 255 : face(x, y));
  assert.equal(likeness(look(face), look(changed)), 1);
});

test('finds another face unlike it', () => {
  assert.ok(
    likeness(
      look(face),
      look((x, y) => 60 + ((x * 31 + y * 17) % 90)),
    ) < 0.6,
  );
  assert.ok(
    likeness(
      look(face),
      look((x, y) => 200 - face(x, y)),
    ) < -0.99,
  );
});

test('finds two black pictures alike, and none of them like a face', () => {
  const black = look(() => 0);
  assert.equal(likeness(black, black), 1);
  assert.equal(likeness(black, look(face)), 0);
});
