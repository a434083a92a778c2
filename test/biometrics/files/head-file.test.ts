import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import { modelDigest } from '../../../src/base/ids.js';
import { readHead, writeHead } from '../../../src/biometrics/files/head-file.js';
import { ENCODER, halfTwin, twin } from '../head/sample.js';

let folder = '';
const file = (): string => path.join(folder, 'site.head.json');
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'twinstile-head-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const refused = (message: RegExp) => (error: unknown) =>
  error instanceof TwinstileError && error.code === 'head-refused' && message.test(error.message);

test('reads what was written, and leaves nothing else in the folder', async () => {
  await writeHead(file(), halfTwin());
  assert.deepEqual(await readHead(file(), ENCODER), halfTwin());
  assert.deepEqual(readdirSync(folder), ['site.head.json']);
});

test('keeps the head that is there when the new one cannot be written', async () => {
  await writeHead(file(), twin());
  const before = readFileSync(file());
  const broken = { ...twin(), card: { how: 'x'.repeat(3000) } };
  await assert.rejects(writeHead(file(), broken), refused(/how/));
  assert.deepEqual(readFileSync(file()), before);
  await assert.rejects(writeHead(path.join(folder, 'nowhere', 'x.json'), twin()), refused(/write/));
});

test('refuses what is not there', () =>
  assert.rejects(readHead(file(), ENCODER), refused(/none that can be read/)));

test('refuses what is too large before it is read', async () => {
  writeFileSync(file(), '');
  truncateSync(file(), 5_000_000_000);
  await assert.rejects(readHead(file(), ENCODER), refused(/at most 64000000 bytes/));
});

test('refuses a head that was made for another encoder', async () => {
  await writeHead(file(), twin());
  await assert.rejects(readHead(file(), modelDigest('f'.repeat(64))), refused(/for the encoder ffff/));
});
