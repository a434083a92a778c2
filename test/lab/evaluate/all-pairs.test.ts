import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distanceOf } from '../../../src/biometrics/distance.js';
import { allPairs } from '../../../src/lab/evaluate/all-pairs.js';

const sample = (person: string, value: number) => ({ person, embedding: Float32Array.of(value) });

test('puts each pair once, to its own kind', () => {
  const { mated, impostors } = allPairs(
    [sample('a', 0), sample('a', 1), sample('b', 5), sample('a', 3)],
    'euclidean',
  );
  assert.deepEqual([...mated].sort(), [1, 2, 3]);
  assert.deepEqual([...impostors].sort(), [2, 4, 5]);
});

test('has nothing to say of one photograph', () => {
  const { mated, impostors } = allPairs([sample('a', 0)], 'euclidean');
  assert.equal(mated.length + impostors.length, 0);
});

for (const metric of ['euclidean', 'cosine'] as const)
  test(`measures as the ${metric} distance of two vectors does`, () => {
    const vectors = [
      [1, 2, 3],
      [-2, 0.5, 1],
      [0.1, -4, 2],
    ].map((numbers) => Float32Array.from(numbers));
    const { impostors } = allPairs(
      vectors.map((embedding, index) => ({ person: String(index), embedding })),
      metric,
    );
    const expected = [
      [0, 1],
      [0, 2],
      [1, 2],
    ].map(([a = 0, b = 0]) => distanceOf[metric](vectors[a] as Float32Array, vectors[b] as Float32Array));
    for (const [index, value] of expected.entries())
      assert.ok(Math.abs((impostors[index] ?? 0) - value) < 1e-6);
  });
