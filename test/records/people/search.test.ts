import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSearch } from '../../../src/records/people/search.js';
import { searchContract, snapshotOf } from '../../contracts/search.js';

searchContract('ONNX Runtime', openSearch);

test('refuses a gallery whose matrix does not fit its owners', async () => {
  const snapshot = { ...snapshotOf([['ada', [1, 2]]]), matrix: new Float32Array(3) };
  await assert.rejects(openSearch(snapshot, 'euclidean'), { code: 'gallery-unusable' });
});
