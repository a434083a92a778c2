import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { TwinstileError } from '../../src/base/errors.js';
import {
  openForWriting,
  openPlainFile,
  readPlainFile,
  readPlainFileSync,
  readPlainText,
  requirePlainFile,
  requirePlainFileSync,
  writePlainFile,
} from '../../src/platform/plain-file.js';

async function folderFor(t: Pick<TestContext, 'after'>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-plain-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const refusal = (got: RegExp) => (error: unknown) =>
  error instanceof TwinstileError && error.code === 'file-refused' && got.test(error.message);

/** Each way to read or to check a file, all asked the same. */
const ways: readonly (readonly [string, (file: string, maxBytes?: number) => Promise<unknown>])[] = [
  ['readPlainFile', (file, maxBytes = 100) => readPlainFile(file, { maxBytes })],
  ['readPlainFileSync', async (file, maxBytes = 100) => readPlainFileSync(file, { maxBytes })],
  ['openPlainFile', async (file) => (await openPlainFile(file)).close()],
  ['requirePlainFile', (file) => requirePlainFile(file)],
  ['requirePlainFileSync', async (file) => requirePlainFileSync(file)],
  // Of a missing file it makes one: only what is refused is the same.
  ['openForWriting', async (file) => (await openForWriting(file, { mode: 0o600, how: 'append' })).close()],
];

for (const [name, read] of ways) {
  test(`${name} refuses a FIFO, a device, a socket, a folder and links to them, at once`, {
    timeout: 5_000,
  }, async (t) => {
    const folder = await folderFor(t);
    const at = (file: string) => path.join(folder, file);
    execFileSync('mkfifo', [at('fifo')]);
    await mkdir(at('folder'));
    const server = createServer().listen(at('socket'));
    await once(server, 'listening');
    t.after(() => server.close());
    for (const [link, to] of [
      ['to-fifo', 'fifo'],
      ['to-zero', '/dev/zero'],
      ['to-link', 'to-zero'],
      ['to-folder', 'folder'],
    ] as const)
      await symlink(to, at(link));
    for (const [file, got] of [
      [at('fifo'), /got a pipe \(FIFO\)/],
      [at('to-fifo'), /got a pipe \(FIFO\)/],
      ['/dev/zero', /got a device/],
      ['/dev/tty', /got a device/],
      [at('to-zero'), /got a device/],
      [at('to-link'), /got a device/],
      [at('socket'), /got a socket/],
      [at('folder'), /got a folder/],
      [at('to-folder'), /got a folder/],
    ] as const)
      await assert.rejects(read(file), refusal(got), file);
  });

  test(`${name} says what the system says of a file that is missing`, async (t) => {
    const file = path.join(await folderFor(t), ...(name === 'openForWriting' ? ['none', 'file'] : ['none']));
    await assert.rejects(read(file), { code: 'ENOENT' });
  });
}

for (const [name, read] of ways.slice(0, 2)) {
  test(`${name} reads up to the bound and refuses one byte more`, async (t) => {
    const file = path.join(await folderFor(t), 'file');
    for (const size of [0, 1, 99, 100, 4095, 4096, 4097, 3_000_000]) {
      const bytes = Buffer.alloc(size, 'twinstile');
      await writeFile(file, bytes);
      assert.deepEqual(await read(file, size), bytes);
      assert.deepEqual(await read(file, size + 10_000), bytes);
      if (size > 0) await assert.rejects(read(file, size - 1), refusal(/at most \d+ bytes in .*, got \d+\./));
    }
  });

  test(`${name} reads files whose size says 0`, async () => {
    assert.match(String(await read('/proc/self/status', 100_000)), /^Name:/);
  });
}

test('refuses a file that grows past the bound while it is read', async (t) => {
  const file = path.join(await folderFor(t), 'grows');
  const maxBytes = 4_000_000;
  await writeFile(file, Buffer.alloc(maxBytes));
  // The signal is asked after each chunk: whoever answers writes one byte more.
  const { signal } = new AbortController();
  let asked = 0;
  signal.throwIfAborted = () => {
    asked += 1;
    if (asked === 3) appendFileSync(file, '.');
  };
  await assert.rejects(readPlainFile(file, { maxBytes, signal }), refusal(/got more/));
});

test('never holds more than the bound of a file that says 0 bytes and has millions', async () => {
  await assert.rejects(readPlainFile('/proc/kallsyms', { maxBytes: 100_000 }), refusal(/got more/));
});

test('reads what was appended in time', async (t) => {
  const file = path.join(await folderFor(t), 'log');
  await writeFile(file, 'one');
  appendFileSync(file, ' two');
  assert.equal(await readPlainText(file, { maxBytes: 100 }), 'one two');
});

test('ends with the reason of its signal, before and while it reads', async (t) => {
  const file = path.join(await folderFor(t), 'large');
  await writeFile(file, '');
  await truncate(file, 2_000_000_000);
  const reason = new Error('stop');
  await assert.rejects(readPlainFile(file, { maxBytes: 1, signal: AbortSignal.abort(reason) }), reason);
  const stop = new AbortController();
  const reading = readPlainFile(file, { maxBytes: 4_000_000_000, signal: stop.signal });
  setImmediate(() => stop.abort(reason));
  await assert.rejects(reading, reason);
});

test('refuses with the error of whoever reads', async () => {
  const refuse = (expected: string, got: string) =>
    new TwinstileError({ code: 'head-refused', message: `${expected} / ${got}` });
  await assert.rejects(readPlainFile('/dev/zero', { maxBytes: 1, refuse }), {
    code: 'head-refused',
    message: 'a plain file at /dev/zero / a device',
  });
  assert.throws(() => readPlainFileSync('/proc/self/status', { maxBytes: 3, refuse }), {
    message: /\/ more$/,
  });
});

test('leaves no descriptor open, whatever the end', async (t) => {
  const folder = await folderFor(t);
  const file = path.join(folder, 'file');
  await writeFile(file, Buffer.alloc(1000));
  const before = (await readdir('/proc/self/fd')).length;
  for (let round = 0; round < 20; round += 1)
    for (const [, read] of ways) {
      await read(file, 10).catch(() => {});
      await read(file, 2000);
      await read(folder).catch(() => {});
    }
  assert.ok((await readdir('/proc/self/fd')).length <= before + 1);
});

test('writes over what was there or behind it, and makes a file of the mode that was asked for', async (t) => {
  const file = path.join(await folderFor(t), 'report');
  await writePlainFile(file, 'a long first text', { mode: 0o600, how: 'replace' });
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  await writePlainFile(file, 'second', { mode: 0o600, how: 'replace' });
  await writePlainFile(file, ', third', { mode: 0o600, how: 'append' });
  assert.equal(await readPlainText(file, { maxBytes: 100 }), 'second, third');
});
