import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { wallTime } from '../../../../src/base/units.js';
import {
  backUp,
  backupsIn,
  checkIntegrity,
  pruneBackups,
} from '../../../../src/records/sql/sqlite/sqlite-backup.js';
import { bob, peopled } from './people.js';
import { scratchFolder } from './scratch.js';

const newFile = await scratchFolder();
const at = (day: number) => wallTime(Date.UTC(2026, 10, day, 3));

test('a backup holds what was durable, while others write, and only its owner can read it', async () => {
  const file = newFile();
  const { database, gallery, journal } = await peopled(file);
  const folder = path.join(path.dirname(file), 'backups');
  const writes = Array.from({ length: 20 }, (_, n) =>
    journal.append({ kind: 'passage', subject: `${n}`, at: wallTime(n), body: {} }),
  );
  const [backup] = await Promise.all([backUp(database, folder, at(1)), ...writes]);
  assert.equal((await stat(backup.file)).mode & 0o777, 0o600);
  await checkIntegrity(backup.file);
  await database.close();
  const copy = await peopled(backup.file);
  assert.equal((await copy.gallery.find(bob))?.templates.length, 1);
  await copy.database.close();
  await gallery.close();
});

test('keeps the newest few, tells their time, and clears away what was cut off', async () => {
  const file = newFile();
  const { database } = await peopled(file);
  const folder = path.join(path.dirname(file), 'backups');
  for (const day of [2, 1, 3]) await backUp(database, folder, at(day));
  await writeFile(path.join(folder, 'twinstile-x.db.part-0'), '');
  await writeFile(path.join(folder, 'notes.txt'), '');
  assert.deepEqual(
    (await backupsIn(folder)).map((one) => one.at),
    [at(3), at(2), at(1)],
  );
  assert.equal(await pruneBackups(folder, 2), 1);
  assert.deepEqual(
    (await backupsIn(folder)).map((one) => one.at),
    [at(3), at(2)],
  );
  assert.equal((await readdir(folder)).length, 3);
  assert.deepEqual(await backupsIn('/nowhere'), []);
  await database.close();
});

test('a backup with one damaged page is no good one', async () => {
  const file = newFile();
  const { database } = await peopled(file);
  const backup = await backUp(database, path.join(path.dirname(file), 'backups'), at(1));
  await database.close();
  const bytes = await readFile(backup.file);
  bytes.fill(0xee, 2 * 4096, 3 * 4096);
  await writeFile(backup.file, bytes);
  await assert.rejects(checkIntegrity(backup.file), { code: 'gallery-unusable' });
});

test('a backup made while the clock was ahead is not taken for the newest, and goes first', async () => {
  const file = newFile();
  const { database } = await peopled(file);
  const folder = path.join(path.dirname(file), 'backups');
  for (const day of [1, 3650, 2, 3]) await backUp(database, folder, at(day));
  assert.deepEqual(
    (await backupsIn(folder, at(3))).map((one) => one.at),
    [at(3), at(2), at(1), at(3650)],
  );
  await pruneBackups(folder, 3, at(3));
  assert.deepEqual(
    (await backupsIn(folder)).map((one) => one.at),
    [at(3), at(2), at(1)],
  );
  await database.close();
});
