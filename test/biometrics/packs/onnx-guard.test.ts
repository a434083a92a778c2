import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { guardFile } from '../../../src/biometrics/packs/onnx-guard.js';
import { changedIn, declared, externalData, folderFor, onnxWith } from './sample.js';

const model = onnxWith();

test('passes a file that is what its card declares', async (t) => {
  const file = path.join(await folderFor(t), 'a.onnx');
  await writeFile(file, model);
  await guardFile(file, declared('a.onnx', model));
});

for (const [name, prepare, message] of [
  ['a missing file', async () => {}, /got none that can be read/],
  ['a shorter file', (file: string) => writeFile(file, model.subarray(0, -1)), /Expected \d+ bytes/],
  ['a longer file', (file: string) => writeFile(file, Buffer.concat([model, model])), /Expected \d+ bytes/],
  ['another file of the same size', (file: string) => writeFile(file, changedIn(model)), /Expected sha256/],
  ['a folder', (file: string) => mkdir(file), /got a folder/],
  ['a pipe', async (file: string) => void execFileSync('mkfifo', [file]), /got a device, pipe/],
] as const) {
  test(`refuses ${name}`, async (t) => {
    const file = path.join(await folderFor(t), 'a.onnx');
    await prepare(file);
    await assert.rejects(guardFile(file, declared('a.onnx', model)), { code: 'pack-refused', message });
  });
}

test('refuses a symbolic link, even to the right file', async (t) => {
  const folder = await folderFor(t);
  await writeFile(path.join(folder, 'real.onnx'), model);
  await symlink('real.onnx', path.join(folder, 'a.onnx'));
  await assert.rejects(guardFile(path.join(folder, 'a.onnx'), declared('a.onnx', model)), {
    code: 'pack-refused',
    message: /got a symbolic link/,
  });
});

test('refuses an absurdly large file before reading it', async (t) => {
  const file = path.join(await folderFor(t), 'a.onnx');
  await writeFile(file, model);
  await truncate(file, 2 ** 42).catch(() => truncate(file, 2 ** 36));
  const began = Date.now();
  await assert.rejects(guardFile(file, declared('a.onnx', model)), {
    code: 'pack-refused',
    message: /bytes/,
  });
  assert.ok(Date.now() - began < 1000);
});

test('refuses external data although size and sha256 are the declared ones', async (t) => {
  const file = path.join(await folderFor(t), 'a.onnx');
  const bytes = onnxWith(externalData);
  await writeFile(file, bytes);
  await assert.rejects(guardFile(file, declared('a.onnx', bytes), { hint: 'Do this.' }), {
    code: 'pack-refused',
    message: /external data/,
    hint: 'Do this.',
  });
});

test('refuses a truncated model although size and sha256 are the declared ones', async (t) => {
  const file = path.join(await folderFor(t), 'a.onnx');
  const bytes = model.subarray(0, -3);
  await writeFile(file, bytes);
  await assert.rejects(guardFile(file, declared('a.onnx', bytes)), { message: /ends in the middle/ });
});

test('stops when asked to', async (t) => {
  const file = path.join(await folderFor(t), 'a.onnx');
  await writeFile(file, model);
  await assert.rejects(guardFile(file, declared('a.onnx', model), { signal: AbortSignal.abort() }), {
    code: 'stopped',
  });
});
