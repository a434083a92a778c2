import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lightAfter, tintSpread } from '../../../src/vision/detection/light.js';

const SIDE = 64;

/** @param of blue, green and red of a place, 0..255. */
function chipOf(of: (x: number, y: number) => readonly [number, number, number]): Uint8Array {
  const chip = new Uint8Array(SIDE * SIDE * 3);
  for (let y = 0; y < SIDE; y += 1) for (let x = 0; x < SIDE; x += 1) chip.set(of(x, y), (y * SIDE + x) * 3);
  return chip;
}

const noise = fc.infiniteStream(fc.integer({ min: -3, max: 3 }));
/** What light falls on a place: a face has bright and dark ones. */
const shade = (x: number, y: number): number => 60 + 50 * Math.sin(x / 9) * Math.cos(y / 7);
/** Lips and hair are of another tint than skin. */
const skin = (x: number, y: number): readonly [number, number, number] =>
  y > 44 && x > 20 && x < 44 ? [0.55, 0.5, 1] : y < 12 ? [0.7, 0.72, 0.75] : [0.6, 0.72, 1];

test('a grey picture is infrared, with noise and with one tint all over it', () => {
  fc.assert(
    fc.property(noise, fc.integer({ min: 60, max: 100 }), fc.integer({ min: 60, max: 100 }), (by, b, g) => {
      const values = by[Symbol.iterator]();
      const noisy = (value: number): number => Math.round(value + Number(values.next().value ?? 0));
      const chip = chipOf((x, y) => {
        const light = shade(x, y) + 40;
        return [noisy((light * b) / 100), noisy((light * g) / 100), noisy(light)];
      });
      assert.equal(lightAfter('color', tintSpread(chip, SIDE)), 'infrared');
    }),
    { numRuns: 20 },
  );
});

test('a face in colour is in colour, in dim, warm and blue light', () => {
  for (const lamp of [
    [1, 1, 1],
    [0.35, 0.35, 0.35],
    [0.5, 0.8, 1],
    [1, 0.85, 0.6],
  ] as const) {
    const chip = chipOf((x, y) => {
      const [b, g, r] = skin(x, y);
      const light = shade(x, y) + 40;
      return [light * b * lamp[0], light * g * lamp[1], light * r * lamp[2]];
    });
    assert.equal(lightAfter('infrared', tintSpread(chip, SIDE)), 'color', `${lamp}`);
  }
});

test('a black picture has no colour, and no number that is none', () => {
  assert.equal(tintSpread(new Uint8Array(SIDE * SIDE * 3), SIDE), 0);
});

test('between the bounds the light stays what it was, and without a face too', () => {
  assert.equal(lightAfter('infrared', 0.02), 'infrared');
  assert.equal(lightAfter('color', 0.02), 'color');
  assert.equal(lightAfter(undefined, 0.02), 'color');
  assert.equal(lightAfter('infrared', undefined), 'infrared');
  assert.equal(lightAfter(undefined, undefined), undefined);
});
