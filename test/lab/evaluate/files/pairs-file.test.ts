import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { readPairs } from '../../../../src/lab/evaluate/files/pairs-file.js';

const folder = mkdtempSync(path.join(tmpdir(), 'twinstile-pairs-'));
after(() => rmSync(folder, { recursive: true }));
const fileWith = (text: string): string => {
  const file = path.join(folder, 'pairs.csv');
  writeFileSync(file, text);
  return file;
};

test('reads pairs in order', async () => {
  const pairs = await readPairs(fileWith('\uFEFFa,b,same\nx/1.jpg,x/2.jpg,1\nx/1.jpg, y/1.jpg,false\n'));
  assert.deepEqual(pairs, [
    { a: 'x/1.jpg', b: 'x/2.jpg', same: true },
    { a: 'x/1.jpg', b: 'y/1.jpg', same: false },
  ]);
});

for (const [name, text] of [
  ['an empty list', 'a,b,same\n'],
  ['a truth that is none', 'a,b,same\nx,y,perhaps\n'],
  ['other columns', 'left,right\nx,y\n'],
  ['a line that is too short', 'a,b,same\nx,y\n'],
] as const)
  test(`refuses ${name}`, () => assert.rejects(readPairs(fileWith(text)), { code: 'bad-arguments' }));

test('says that a file is missing', () =>
  assert.rejects(readPairs(path.join(folder, 'none.csv')), { code: 'bad-arguments', hint: /a,b,same/ }));
