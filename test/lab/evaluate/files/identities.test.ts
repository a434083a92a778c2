import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { TwinstileError } from '../../../../src/base/errors.js';
import { readIdentities } from '../../../../src/lab/evaluate/files/identities.js';

const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-clips-'));
after(() => rm(folder, { recursive: true, force: true }));

test('reads who is in which clip, and passes over other columns and lines without an identity', async () => {
  await writeFile(
    path.join(folder, 'identities.csv'),
    '\ufefffile,identity,note\na.mkv, ada ,"x, y"\nempty.mkv,,nobody\nsub/b.mkv,bob,\n',
  );
  assert.deepEqual(await readIdentities(folder), [
    { file: 'a.mkv', path: path.join(folder, 'a.mkv'), person: 'ada' },
    { file: 'sub/b.mkv', path: path.join(folder, 'sub/b.mkv'), person: 'bob' },
  ]);
});

for (const [name, text] of [
  ['other columns', 'clip,person\na.mkv,ada\n'],
  ['nothing but a heading', 'file,identity\n'],
  ['no CSV', 'file,identity\n"a'],
] as const) {
  test(`refuses a list of ${name}`, async () => {
    await writeFile(path.join(folder, 'identities.csv'), text);
    await assert.rejects(readIdentities(folder), isBad);
  });
}

test('refuses a folder without a list', () =>
  assert.rejects(readIdentities(path.join(folder, 'none')), isBad));

const isBad = (error: unknown): boolean => error instanceof TwinstileError && error.code === 'bad-arguments';
