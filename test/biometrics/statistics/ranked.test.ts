import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomFrom } from '../../../src/base/random.js';
import { ranked } from '../../../src/biometrics/statistics/ranked.js';

const random = randomFrom(1);
/** Enough to be counted, and too few to be. */
const SIZES = [60_000, 300];

for (const [name, value] of [
  ['distances', () => 1.4 * random()],
  ['numbers of every size and both signs', () => (random() - 0.5) * 10 ** (80 * random() - 40)],
  ['a few numbers again and again', () => Math.floor(3 * random())],
  ['NaN and infinities', () => [Number.NaN, 1, -1 / 0, 1 / 0][Math.floor(4 * random())] ?? 0],
] as const)
  for (const size of SIZES)
    test(`finds among ${size} ${name} what sorting would put at each place`, () => {
      const values = Float32Array.from({ length: size }, value);
      const before = Float32Array.from(values);
      const sorted = Float32Array.from(values).sort();
      const ranks = [0, 1, 17, size >> 1, size - 2, size - 1];
      for (const [i, { value: found, below, upTo }] of ranked(values, ranks).entries()) {
        const expected = sorted[ranks[i] ?? -1];
        assert.equal(found, expected);
        assert.equal(
          below,
          sorted.findIndex((one) => Object.is(one, expected)),
        );
        assert.equal(upTo, sorted.findLastIndex((one) => Object.is(one, expected)) + 1);
      }
      assert.deepEqual(values, before);
    });

test('says of a rank that nobody holds that all are below it', () => {
  for (const size of SIZES) {
    const values = new Float32Array(size).fill(1);
    assert.deepEqual(ranked(values, [size]), [{ value: Number.POSITIVE_INFINITY, below: size, upTo: size }]);
  }
});
