import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSearch } from '../../../src/adapters/onnx/search.js';
import { searchContract, snapshotOf } from '../../contracts/search.js';

searchContract('ONNX Runtime', createSearch());

test('refuses a gallery whose matrix does not fit its owners', async () => {
  const snapshot = { ...snapshotOf([['ada', [1, 2]]]), matrix: new Float32Array(3) };
  await assert.rejects(createSearch()(snapshot, 'euclidean'), { code: 'gallery-unusable' });
});
