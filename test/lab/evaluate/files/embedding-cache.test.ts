import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { openEmbeddingCache } from '../../../../src/lab/evaluate/files/embedding-cache.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'twinstile-cache-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const sha = (letter: string): string => letter.repeat(64);
const embedding = Float32Array.of(1.5, -2, 3.25);

test('remembers embeddings and failures over a restart', async () => {
  const first = await openEmbeddingCache(folder, 'r', 3);
  first.put(sha('a'), { embedding });
  first.put(sha('b'), { missing: 'no-face' });
  first.close();
  const second = await openEmbeddingCache(folder, 'r', 3);
  assert.deepEqual(second.get(sha('a')), { embedding });
  assert.deepEqual(second.get(sha('b')), { missing: 'no-face' });
  assert.equal(second.get(sha('c')), undefined);
  second.close();
});

test('drops a record that a crash cut off, and goes on behind the last whole one', async () => {
  const first = await openEmbeddingCache(folder, 'r', 3);
  first.put(sha('a'), { embedding });
  first.close();
  appendFileSync(path.join(folder, 'r.embeddings'), Buffer.alloc(17, 0xbb));
  const second = await openEmbeddingCache(folder, 'r', 3);
  assert.equal(second.size, 1);
  second.put(sha('b'), { embedding });
  second.close();
  const third = await openEmbeddingCache(folder, 'r', 3);
  assert.deepEqual(third.get(sha('b')), { embedding });
  third.close();
});

test('knows nothing of another recipe', async () => {
  const first = await openEmbeddingCache(folder, 'r', 3);
  first.put(sha('a'), { embedding });
  first.close();
  const other = await openEmbeddingCache(folder, 'q', 3);
  assert.equal(other.get(sha('a')), undefined);
  other.close();
});

test('is readable by its owner only', async () => {
  (await openEmbeddingCache(path.join(folder, 'deep'), 'r', 3)).close();
  assert.equal(statSync(path.join(folder, 'deep')).mode & 0o077, 0);
  assert.equal(statSync(path.join(folder, 'deep', 'r.embeddings')).mode & 0o077, 0);
});
