import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { faultOfOnnx, guardFile } from '../../../src/biometrics/packs/onnx-guard.js';
import { holds } from '../../support/properties.js';
import { changedIn, declared, externalData, field, folderFor, onnxOf, onnxWith, tensor } from './sample.js';

const model = onnxWith();

test('passes a file that is what its card declares', async (t) => {
  const file = path.join(await folderFor(t), 'a.onnx');
  await writeFile(file, model);
  await guardFile(file, declared('a.onnx', model));
});

for (const [name, prepare, message] of [
  ['a missing file', async () => {}, /cannot be read/],
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

const external = tensor(externalData);
const node = (attribute: Buffer): Buffer => field(1, field(5, attribute));

for (const [name, bytes] of [
  ['a model with its weights inside', onnxWith()],
  ['data_location DEFAULT', onnxWith(field(14, 0))],
  ['an unknown field', Buffer.concat([onnxWith(), field(99, 7)])],
  ['the word location in a name', onnxWith(field(12, Buffer.from('location weights.bin')))],
] as const) {
  test(`accepts ${name}`, () => assert.equal(faultOfOnnx(bytes), undefined));
}

for (const [name, bytes] of [
  ['in an initializer', onnxOf(field(5, external))],
  ['in a second initializer', onnxOf(field(5, tensor()), field(5, external))],
  [
    'in a second graph field, which protobuf merges',
    Buffer.concat([onnxWith(), field(7, field(5, external))]),
  ],
  ['announced by data_location alone', onnxWith(field(14, 1))],
  ['announced by a data_location nobody knows', onnxWith(field(14, 2))],
  ['in the tensor of an attribute', onnxOf(node(field(5, external)))],
  ['in the tensors of an attribute', onnxOf(node(field(10, external)))],
  ['in the body of an If', onnxOf(node(field(6, field(5, external))))],
  ['in the bodies of an attribute', onnxOf(node(field(11, field(5, external))))],
  ['in a sparse initializer', onnxOf(field(15, field(1, external)))],
  ['in a sparse attribute', onnxOf(node(field(22, field(2, external))))],
  ['in a function', Buffer.concat([onnxWith(), field(25, field(7, field(5, field(5, external))))])],
  ['in training info', Buffer.concat([onnxWith(), field(20, field(1, field(5, external)))])],
] as const) {
  test(`refuses external data ${name}`, () => assert.match(faultOfOnnx(bytes) ?? '', /external data/));
}

test('refuses external data behind a tag written longer than needed', () => {
  const stretched = Buffer.concat([Buffer.from([(13 * 8 + 2) | 0x80, 0x80, 0x00]), Buffer.from([0])]);
  assert.match(faultOfOnnx(onnxWith(stretched)) ?? '', /external data/);
});

for (const [name, bytes, fault] of [
  ['nothing at all', Buffer.alloc(0), /without a network/],
  ['a model without a graph', field(1, 8), /without a network/],
  ['a page of a captive portal', Buffer.from('<!DOCTYPE html><html><body>Log in</body></html>'), /./],
  ['a Git LFS pointer', Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00\n'), /./],
  ['a length beyond the end', Buffer.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f]), /ends in the middle/],
  [
    'a length beyond the message around it',
    Buffer.concat([field(7, Buffer.from([0x2a, 9])), Buffer.alloc(20)]),
    /ends in the middle/,
  ],
  ['an endless number', Buffer.alloc(20, 0xff), /longer than protobuf allows/],
  ['a group', Buffer.from([0x3b, 0x3c]), /no ONNX model|no protobuf/],
  ['a graph that is a number', field(7, 1), /no ONNX model/],
  ['field number 0', Buffer.from([0x02, 0x00]), /no protobuf/],
] as const) {
  test(`refuses ${name}`, () => assert.match(faultOfOnnx(bytes) ?? '', fault));
}

test('refuses bodies nested without end', () => {
  let body = field(5, tensor());
  for (let depth = 0; depth < 60; depth++) body = node(field(6, body));
  assert.match(faultOfOnnx(onnxOf(body)) ?? '', /nested deeper/);
});

test('refuses every truncation of a model', () => {
  const whole = onnxWith(field(4, Buffer.alloc(300)));
  const before = Buffer.concat([field(1, 8), field(2, Buffer.from('test'))]).length;
  for (let length = 0; length < whole.length; length++)
    assert.notEqual(
      faultOfOnnx(whole.subarray(0, length)),
      undefined,
      `${length} of ${whole.length}, graph at ${before}`,
    );
});

test('answers any bytes with a word, never with an exception', async (t) => {
  await holds(
    t,
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const fault = faultOfOnnx(bytes);
      return fault === undefined || fault.length > 0;
    }),
    { short: 100, long: 100_000 },
  );
});
