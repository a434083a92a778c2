import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allPairs } from '../../src/siamese/all-pairs.js';

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
