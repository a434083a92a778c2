import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { recordingsAt } from '../../../../src/lab/evaluate/files/recordings.js';

let root = '';
before(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'recordings-'));
  for (const folder of ['deep/frames', 'empty', 'words'])
    await mkdir(path.join(root, folder), { recursive: true });
  for (const file of [
    '10.mp4',
    '2.MKV',
    'notes.txt',
    'deep/a.gif',
    'deep/frames/1.jpg',
    'deep/frames/2.png',
    'words/x.txt',
  ])
    await writeFile(path.join(root, file), '');
});
after(() => rm(root, { recursive: true }));

test('finds clips and folders of pictures at any depth, in natural order', async () => {
  const found = await recordingsAt(root);
  assert.deepEqual(
    found.map((one) => path.relative(root, one)),
    ['2.MKV', '10.mp4', 'deep/a.gif', 'deep/frames'],
  );
});

test('takes a file for what it is', async () => {
  assert.deepEqual(await recordingsAt(path.join(root, 'notes.txt')), [path.join(root, 'notes.txt')]);
});

for (const place of ['empty', 'words', 'missing'])
  test(`refuses a place without recordings (${place})`, () =>
    assert.rejects(recordingsAt(path.join(root, place)), { code: 'bad-arguments' }));
