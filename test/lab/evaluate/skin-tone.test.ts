import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { skinToneOf, TONE_GROUPS, toneGroupOf } from '../../../src/lab/evaluate/skin-tone.js';

const SIDE = 64;

/** A chip of one colour. */
function chipOf(blue: number, green: number, red: number): Uint8Array {
  const chip = new Uint8Array(SIDE * SIDE * 3);
  for (let at = 0; at < chip.length; at += 3) chip.set([blue, green, red], at);
  return chip;
}

for (const [group, colour] of [
  // The six tones of Fitzpatrick's scale as they are usually drawn.
  ['light', [196, 219, 244]],
  ['intermediate', [118, 150, 190]],
  ['tan', [101, 139, 187]],
  ['brown', [62, 93, 141]],
  ['dark', [22, 34, 51]],
] as const)
  test(`calls a cheek of bgr ${colour.join(', ')} ${group}`, () => {
    const [blue, green, red] = colour;
    assert.equal(toneGroupOf(skinToneOf(chipOf(blue, green, red))), group);
  });

test('measures white as L* 100 and black as 0', () => {
  assert.ok(Math.abs(skinToneOf(chipOf(255, 255, 255)).lightness - 100) < 0.01);
  assert.ok(Math.abs(skinToneOf(chipOf(0, 0, 0)).lightness) < 0.01);
});

test('looks at the cheeks alone', () => {
  const chip = chipOf(101, 139, 187);
  const tone = skinToneOf(chip);
  chip.fill(0, 0, 25 * SIDE * 3);
  chip.fill(255, 50 * SIDE * 3);
  assert.deepEqual(skinToneOf(chip), tone);
});

test('never calls a darker copy of a face lighter', () => {
  const channel = fc.integer({ min: 1, max: 255 });
  fc.assert(
    fc.property(channel, channel, channel, fc.double({ min: 0.1, max: 1, noNaN: true }), (b, g, r, by) => {
      const [before, after] = [chipOf(b, g, r), chipOf(b * by, g * by, r * by)].map(skinToneOf);
      assert.ok((after?.lightness ?? 1) <= (before?.lightness ?? 0));
    }),
  );
});

test('has a group for every angle, and for one that is no number', () => {
  for (const angle of [90, 41, 0, -90, Number.NaN])
    assert.ok(TONE_GROUPS.includes(toneGroupOf({ angle, lightness: 50 })));
});
