import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { keysCommand } from '../../../src/cli/box/keys-verb.js';
import { signingKey, verifyingKey } from '../../../src/gate/protocol/signature.js';
import { officeFor } from '../office.js';

async function shellFor(t: TestContext) {
  const office = await officeFor(t);
  const out = path.join(office.folder, 'keys');
  const run = (...args: string[]) => office.run(keysCommand(office.world), 'new', ...args, '--out', out);
  const read = (name: string) => readFile(path.join(out, name));
  const modeOf = async (name: string) => ((await stat(path.join(out, name))).mode & 0o777).toString(8);
  return { out, run, read, modeOf };
}

test('the gallery key is 32 bytes that only the owner can read', async (t) => {
  const { run, read, modeOf, out } = await shellFor(t);
  const { text } = await run('gallery');
  assert.equal((await read('gallery.key')).length, 32);
  assert.equal(await modeOf('gallery.key'), '600');
  assert.match(text, /key_file: .*gallery\.key/);
  assert.equal(((await stat(out)).mode & 0o777).toString(8), '700');
});

test('a grant key of Ed25519 signs what its .pub checks', async (t) => {
  const { run, read, modeOf } = await shellFor(t);
  const { text } = await run('grant');
  const bytes = Buffer.from('a grant');
  const signature = signingKey('k', 'ed25519', await read('grant.key')).sign(bytes);
  assert.ok(verifyingKey('k', 'ed25519', await read('grant.pub')).verify(bytes, signature));
  assert.deepEqual([await modeOf('grant.key'), await modeOf('grant.pub')], ['600', '644']);
  assert.match(text, /grant\.pub: copy it to the gate/);
});

test('a grant key of HMAC is one file, for both', async (t) => {
  const { run, read, out } = await shellFor(t);
  const { text } = await run('grant', '--algorithm', 'hmac-sha256');
  assert.equal((await read('grant.key')).length, 32);
  assert.deepEqual(await readdir(out), ['grant.key']);
  assert.match(text, /whoever has it can open/);
});

for (const name of ['grant.key', 'grant.pub'])
  test(`a ${name} that is there stays as it is, and no half of a pair is made`, async (t) => {
    const { run, read, out } = await shellFor(t);
    await mkdir(out);
    await writeFile(path.join(out, name), 'old');
    await assert.rejects(run('grant'), { code: 'bad-arguments', hint: /never overwritten/ });
    assert.equal((await read(name)).toString(), 'old');
    assert.deepEqual(await readdir(out), [name]);
  });

test('a disk that takes nothing leaves no half of a key behind, which would never be overwritten', async (t) => {
  const { out } = await shellFor(t);
  const main = new URL('../../../src/main.ts', import.meta.url).pathname;
  // The kernel refuses every byte of a file, as a full disk does; tsx keeps its cache away.
  const typed = `ulimit -f 0; exec ${process.execPath} --import tsx ${main} keys new gallery --out ${out}`;
  const { status, stderr } = spawnSync('bash', ['-c', typed], {
    encoding: 'utf8',
    env: { ...process.env, TSX_DISABLE_CACHE: '1' },
  });
  assert.match(
    stderr,
    new RegExp(`^twinstile: Expected to use ${out}/gallery.key, got a file that may not grow`),
  );
  assert.equal(status, 5);
  assert.deepEqual(await readdir(out), []);
});
