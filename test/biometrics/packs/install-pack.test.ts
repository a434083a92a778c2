import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { bytesFrom } from '../../../src/biometrics/packs/download-pack.js';
import { installPack } from '../../../src/biometrics/packs/install-pack.js';
import { openPacks } from '../../../src/biometrics/packs/pack-store.js';
import {
  bytesIn,
  cardFor,
  catalogOf,
  changedIn,
  externalData,
  files,
  folderFor,
  onnxWith,
  treeOf,
} from './sample.js';
import { serverFor } from './server.js';

const card = cardFor('mobile');
const whole = ['mobile', 'mobile/card.json', 'mobile/detector.onnx', 'mobile/encoder.onnx'];

/** A folder in which the pack of `files` lies already. */
async function folderWithPack(t: TestContext): Promise<string> {
  const folder = path.join(await folderFor(t), 'packs');
  await installPack(folder, card, bytesIn(files));
  return folder;
}

/** The number of a process that has ended. */
const deadPid = (): number => spawnSync(process.execPath, ['--version']).pid;

test('installs a pack into a folder that was not there', async (t) => {
  const folder = await folderWithPack(t);
  assert.deepEqual(await treeOf(folder), whole);
  const pack = await openPacks(folder, catalogOf(card)).open('mobile');
  assert.deepEqual(await readFile(pack.pathOf('encoder.onnx')), files['encoder.onnx']);
});

test('replaces a pack as a whole', async (t) => {
  const folder = await folderWithPack(t);
  const newer = { ...files, 'encoder.onnx': onnxWith() };
  await installPack(folder, cardFor('mobile', newer), bytesIn(newer));
  assert.deepEqual(await treeOf(folder), whole);
  assert.deepEqual(await readFile(path.join(folder, 'mobile/encoder.onnx')), newer['encoder.onnx']);
});

const outside = { ...files, 'encoder.onnx': onnxWith(externalData) };
const short = { ...files, 'encoder.onnx': files['encoder.onnx'].subarray(0, -1) };
const long = { ...files, 'encoder.onnx': Buffer.concat([files['encoder.onnx'], Buffer.alloc(1)]) };
const changed = { ...files, 'encoder.onnx': changedIn(files['encoder.onnx']) };

for (const [name, wanted, given, message] of [
  ['a file is too short', card, short, /Expected \d+ bytes/],
  ['a file is too long', card, long, /got more/],
  ['a file has another sha256', card, changed, /Expected sha256/],
  ['a file has external data', cardFor('mobile', outside), outside, /external data/],
  ['a file is truncated as declared', cardFor('mobile', short), short, /ends in the middle/],
  ['a file is empty', card, { ...files, 'detector.onnx': Buffer.alloc(0) }, /Expected \d+ bytes/],
] as const) {
  test(`keeps the previous pack when ${name}, and leaves nothing behind`, async (t) => {
    const folder = await folderWithPack(t);
    await assert.rejects(installPack(folder, wanted, bytesIn(given)), { code: 'pack-refused', message });
    assert.deepEqual(await treeOf(folder), whole);
    await openPacks(folder, catalogOf(card)).open('mobile');
  });
}

test('keeps the previous pack when a server has only half of the new one', async (t) => {
  const folder = await folderWithPack(t);
  const mirror = await serverFor(t, (request, response) =>
    request.url === '/detector.onnx'
      ? response.end(files['detector.onnx'])
      : response.writeHead(404).end('not here'),
  );
  const bytesOf = (file: Parameters<typeof bytesFrom>[0]) => bytesFrom(file, { pack: 'mobile', mirror });
  await assert.rejects(installPack(folder, card, bytesOf), { code: 'download-failed', message: /404/ });
  assert.deepEqual(await treeOf(folder), whole);
  await openPacks(folder, catalogOf(card)).open('mobile');
});

test('keeps the previous pack when stopped in the middle of a file', { timeout: 5000 }, async (t) => {
  const folder = await folderWithPack(t);
  const stop = new AbortController();
  const mirror = await serverFor(t, (_request, response) => {
    response.write(files['detector.onnx'].subarray(0, 5));
    setTimeout(() => stop.abort(), 50);
  });
  const bytesOf = (file: Parameters<typeof bytesFrom>[0]) =>
    bytesFrom(file, { pack: 'mobile', mirror, signal: stop.signal });
  await assert.rejects(installPack(folder, card, bytesOf, stop.signal), { code: 'stopped' });
  assert.deepEqual(await treeOf(folder), whole);
});

test('leaves an empty folder when the first install fails', async (t) => {
  const folder = await folderFor(t);
  await assert.rejects(installPack(folder, card, bytesIn(changed)), { code: 'pack-refused' });
  assert.deepEqual(await treeOf(folder), []);
});

test('says so when it may not write there', async (t) => {
  const place = path.join(await folderFor(t), 'file');
  await writeFile(place, '');
  await assert.rejects(installPack(place, card, bytesIn(files)), {
    code: 'pack-refused',
    message: /could not be written/,
    hint: /--folder/,
  });
});

test('removes what killed installs left, and only that', async (t) => {
  const folder = await folderFor(t);
  const living = `.new-mobile-${process.ppid}-0a1b2c3d`;
  for (const name of [
    `.new-mobile-${deadPid()}-0a1b2c3d`,
    `.new-zoo-${deadPid()}-0a1b2c3d`,
    `.new-mobile-${process.pid}-0a1b2c3d`,
    living,
    '.keep',
  ])
    await mkdir(path.join(folder, name));
  await installPack(folder, card, bytesIn(files));
  assert.deepEqual(await treeOf(folder), ['.keep', living, ...whole].sort());
});

test('finds a pack again whose replacement was killed between its two renames', async (t) => {
  const folder = await folderWithPack(t);
  await rename(path.join(folder, 'mobile'), path.join(folder, `.old-mobile-${deadPid()}-0a1b2c3d`));
  await openPacks(folder, catalogOf(card)).open('mobile');
  assert.deepEqual(await treeOf(folder), whole);

  await rename(path.join(folder, 'mobile'), path.join(folder, `.old-mobile-${deadPid()}-0a1b2c3d`));
  await assert.rejects(installPack(folder, card, bytesIn(changed)), { code: 'pack-refused' });
  assert.deepEqual(await treeOf(folder), whole, 'a failed install keeps it, too');

  await rename(path.join(folder, 'mobile'), path.join(folder, `.old-mobile-${deadPid()}-0a1b2c3d`));
  await installPack(folder, cardFor('zoo'), bytesIn(files));
  await openPacks(folder, catalogOf(card)).open('mobile');
});
