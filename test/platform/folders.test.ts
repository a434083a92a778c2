import assert from 'node:assert/strict';
import { chown, link, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { writeFileAtomically } from '../../src/platform/atomic-file.js';
import { deviceKey } from '../../src/platform/device-key.js';
import { giveToOwnerOf, makeFolder, namesIn } from '../../src/platform/folders.js';
import { openDatabase } from '../../src/records/sql/sqlite/sqlite-database.js';

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

async function folderFor(t: Pick<TestContext, 'after'>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-folders-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('a folder that is missing has no names, and one that cannot be read is not taken for empty', async (t) => {
  const folder = await folderFor(t);
  assert.deepEqual(await namesIn(path.join(folder, 'none')), []);
  await writeFile(path.join(folder, 'file'), '');
  assert.deepEqual(await namesIn(folder), ['file']);
  await assert.rejects(namesIn(path.join(folder, 'file')), { code: 'ENOTDIR' });
});

test('a folder is made with those above it, by several at once, and one that is there is enough', async (t) => {
  const place = await folderFor(t);
  const deep = path.join(place, 'a', 'b', 'c');
  await Promise.all([makeFolder(deep), makeFolder(deep)]);
  await makeFolder(deep, 0o755);
  for (const folder of ['a', 'a/b', 'a/b/c'])
    assert.equal((await stat(path.join(place, folder))).mode & 0o777, 0o700, folder);
});

test('a file in the way, and a place that takes no folder, are errors and no endless attempt', async (t) => {
  const file = path.join(await folderFor(t), 'file');
  await writeFile(file, '');
  await assert.rejects(makeFolder(file), { code: 'EEXIST' });
  await assert.rejects(makeFolder(path.join(file, 'a', 'b')), { code: 'ENOTDIR' });
  // Node's recursive mkdir tries for ever there.
  await assert.rejects(makeFolder('/proc/twinstile/a/b'), { code: 'ENOENT' });
});

test('what root makes in a folder of the service is the service’s', async (t) => {
  if (!isRoot) return t.skip('needs root');
  const data = path.join(await folderFor(t), 'data');
  await makeFolder(data);
  await chown(data, NOBODY, NOBODY);
  await writeFileAtomically(path.join(data, 'fleet', 'deep', 'acts.json'), '[]', 0o600);
  await deviceKey(data);
  await (await openDatabase(path.join(data, 'twinstile.db'))).close();
  for (const name of ['fleet', 'fleet/deep', 'fleet/deep/acts.json', 'device.key', 'twinstile.db'])
    assert.equal((await stat(path.join(data, name))).uid, NOBODY, name);
});

test('a link in the folder of the service makes root give away nothing of others', async (t) => {
  if (!isRoot) return t.skip('needs root');
  const folder = await folderFor(t);
  const [data, other] = [path.join(folder, 'data'), path.join(folder, 'other')];
  await mkdir(data);
  await chown(data, NOBODY, NOBODY);
  await writeFile(other, 'of root', { mode: 0o644 });
  await symlink(other, path.join(data, 'twinstile.db'));
  await giveToOwnerOf(data, path.join(data, 'twinstile.db'));
  await assert.rejects(openDatabase(path.join(data, 'twinstile.db')), { code: 'gallery-unusable' });
  const { uid, mode } = await stat(other);
  assert.deepEqual([uid, mode & 0o777], [0, 0o644]);
});

test('the key of a box is made whole, by one of several at once, and again in the place of an empty file', async (t) => {
  const data = await folderFor(t);
  const keys = await Promise.all(Array.from({ length: 8 }, () => deviceKey(data)));
  assert.equal(new Set(keys.map(({ fingerprint }) => fingerprint)).size, 1);
  assert.deepEqual(await namesIn(data), ['device.key']);
  await rm(path.join(data, 'device.key'));
  await writeFile(path.join(data, 'device.key'), '');
  const made = await deviceKey(data);
  assert.equal((await deviceKey(data)).fingerprint, made.fingerprint);
  assert.deepEqual(await namesIn(data), ['device.key']);
});

test('a key of a box that cannot be read is not replaced', async (t) => {
  const data = await folderFor(t);
  await writeFile(path.join(data, 'device.key'), 'no key');
  await link(path.join(data, 'device.key'), path.join(data, 'kept'));
  await assert.rejects(deviceKey(data), { code: 'key-unusable' });
  assert.equal((await stat(path.join(data, 'device.key'))).ino, (await stat(path.join(data, 'kept'))).ino);
});
