import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeChips } from '../../../src/vision/pipeline/encode-faces.js';
import type { Models } from '../../../src/vision/pipeline/load-models.js';
import { card, fakeModels } from './fake-models.js';

const chip = (mark: number) => new Uint8Array(12).fill(mark);
const like = (models: Models, change: Partial<Models['card']['encoder']>): Models => ({
  ...models,
  card: { ...card, encoder: { ...card.encoder, ...change } },
});
const numbers = (vectors: readonly Float32Array[]) => vectors.map((vector) => [...vector]);

test('encodes all chips in one run where the batch is free, in their order', async () => {
  const models = fakeModels();
  assert.deepEqual(numbers(await encodeChips([chip(3), chip(5)], models)), [
    [3, 1],
    [5, 1],
  ]);
  assert.deepEqual(models.encoded, [2]);
});

test('encodes one chip after the other where the batch is one', async () => {
  const models = fakeModels();
  const vectors = await encodeChips([chip(3), chip(5)], like(models, { batch: 'one' }));
  assert.deepEqual(
    [numbers(vectors), models.encoded],
    [
      [
        [3, 1],
        [5, 1],
      ],
      [1, 1],
    ],
  );
});

test('brings a vector to unit length where the card says so', async () => {
  const [vector] = await encodeChips([chip(3)], like(fakeModels(), { normalise: true }));
  assert.ok(vector !== undefined && Math.abs(Math.hypot(...vector) - 1) < 1e-6);
});

test('runs nothing when there is nothing to encode', async () => {
  const models = fakeModels();
  assert.deepEqual([await encodeChips([], models), models.encoded], [[], []]);
});

for (const [name, output] of [
  ['too few numbers', [1]],
  ['a number that is none', [1, NaN]],
] as const)
  test(`refuses an encoder that gives ${name}`, async () => {
    const models = fakeModels();
    const run = async () => ({ output: { data: Float32Array.from(output), shape: [1, output.length] } });
    const broken = { ...models, encoder: { ...models.encoder, run } };
    await assert.rejects(encodeChips([chip(1)], broken), { code: 'model-failed' });
  });

test('refuses a vector without direction where it is to be of unit length', async () => {
  const models = like(fakeModels(), { normalise: true });
  const run = async () => ({ output: { data: Float32Array.of(0, 0), shape: [1, 2] } });
  await assert.rejects(encodeChips([chip(1)], { ...models, encoder: { ...models.encoder, run } }), {
    code: 'model-failed',
  });
});
