import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millis, monotonic } from '../../../src/base/units.js';
import type { SelfTestVectors } from '../../../src/biometrics/encoder-self-test.js';
import type { Models } from '../../../src/vision/pipeline/load-models.js';
import { createEncoderSelfTest, drawSelfTestFaces } from '../../../src/vision/pipeline/self-test.js';

/** An encoder whose vector is the mean of each colour, times what a test says. */
function models(runs: { factor: number }): Models {
  const encoder = { width: 32, height: 32, batch: 'free', dimension: 3, normalise: false };
  return {
    card: { encoder },
    encoder: {
      run: async ({ picture }: { picture: { data: Uint8Array; shape: readonly number[] } }) => {
        const [count = 0] = picture.shape;
        const each = picture.data.length / count;
        const data = Float32Array.from({ length: count * 3 }, (_, i) => {
          const chip = picture.data.subarray(Math.floor(i / 3) * each, (Math.floor(i / 3) + 1) * each);
          const values = chip.filter((_value, at) => at % 3 === i % 3);
          return (runs.factor * values.reduce((sum, value) => sum + value, 0)) / values.length;
        });
        return { output: { data, shape: [count, 3] } };
      },
    },
  } as unknown as Models;
}

test('sings twice at the start and then once a minute', async () => {
  const vectors: SelfTestVectors[] = [];
  const selfTest = createEncoderSelfTest({
    models: models({ factor: 1 }),
    onVectors: (v) => vectors.push(v),
    every: millis(60_000),
  });
  const counts: number[] = [];
  for (const now of [0, 10, 59_999, 60_000, 60_010, 120_000]) {
    await selfTest.runIfDue(monotonic(now));
    counts.push(vectors.length);
  }
  assert.deepEqual(counts, [2, 2, 2, 3, 3, 4]);
});

test('the same picture is encoded each time, and both faces with it', async () => {
  const vectors: SelfTestVectors[] = [];
  await createEncoderSelfTest({ models: models({ factor: 1 }), onVectors: (v) => vectors.push(v) }).runIfDue(
    monotonic(0),
  );
  assert.deepEqual(vectors[0], vectors[1]);
  assert.notDeepEqual(vectors[0]?.face, vectors[0]?.other);
});

test('the drawn faces fill a chip of any size, with contrast in each', () => {
  for (const [width, height] of [
    [112, 112],
    [150, 150],
    [96, 112],
  ] as const)
    for (const chip of Object.values(drawSelfTestFaces(width, height))) {
      assert.equal(chip.length, width * height * 3);
      assert.ok(Math.max(...chip) - Math.min(...chip) > 150);
    }
});
