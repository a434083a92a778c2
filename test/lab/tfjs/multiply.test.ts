import '@tensorflow/tfjs-backend-cpu';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { normal, randomFrom } from '../../../src/base/random.js';
import { matMul, timesTransposed, transposedTimes } from '../../../src/lab/tfjs/multiply.js';

const size = fc.integer({ min: 1, max: 9 });
const matrix = (rows: number, columns: number, seed: number): tf.Tensor2D => {
  const random = randomFrom(seed);
  const data = Float32Array.from({ length: rows * columns }, () => (random() < 0.2 ? 0 : normal(random)));
  return tf.tensor2d(data, [rows, columns]);
};
function assertSame(ours: tf.Tensor2D, theirs: tf.Tensor): void {
  assert.deepEqual(ours.shape, theirs.shape);
  const [a, b] = [ours.dataSync(), theirs.dataSync()];
  for (let i = 0; i < a.length; i += 1) assert.ok(Math.abs((a[i] ?? 0) - (b[i] ?? Number.NaN)) < 1e-5);
}

test("the products are TensorFlow's, for every shape", () => {
  fc.assert(
    fc.property(size, size, size, fc.integer(), (rows, inner, columns, seed) => {
      tf.tidy(() => {
        const [a, b] = [matrix(rows, inner, seed), matrix(inner, columns, seed + 1)];
        const expected = tf.matMul(a, b);
        assertSame(matMul(a, b), expected);
        assertSame(
          timesTransposed(
            a,
            tf.tensor2d(b.arraySync()[0]?.map((_, c) => b.arraySync().map((r) => r[c] ?? 0)) ?? []),
          ),
          expected,
        );
        assertSame(
          transposedTimes(
            tf.tensor2d(a.arraySync()[0]?.map((_, c) => a.arraySync().map((r) => r[c] ?? 0)) ?? []),
            b,
          ),
          expected,
        );
      });
    }),
  );
});
