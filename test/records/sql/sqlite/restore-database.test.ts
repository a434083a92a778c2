import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { wallTime } from '../../../../src/base/units.js';
import { openGallery } from '../../../../src/records/people/sql-gallery.js';
import { openRestoringDatabase, type Restored } from '../../../../src/records/sql/sqlite/restore-database.js';
import { backUp } from '../../../../src/records/sql/sqlite/sqlite-backup.js';
import { openJournal } from '../../../../src/records/sql/sqlite/sqlite-journal.js';
import { sameFields } from '../../../support/same-fields.js';
import { ada, KEY, peopled } from './people.js';
import { scratchFolder } from './scratch.js';

const newFile = await scratchFolder();
const now = () => wallTime(Date.UTC(2026, 10, 20));

async function stored({ backups = 1 } = {}) {
  const file = newFile();
  const folder = path.join(path.dirname(file), 'backups');
  const { database } = await peopled(file);
  const made = [];
  for (let day = 1; day <= backups; day += 1)
    made.push(await backUp(database, folder, wallTime(Date.UTC(2026, 10, day))));
  await database.close();
  const restored: Restored[] = [];
  const parts = { file, backups: folder, now, onRestored: (one: Restored) => restored.push(one) };
  return { file, made, restored, parts };
}

async function damage(file: string, from = 4096): Promise<void> {
  const bytes = await readFile(file);
  await writeFile(file, bytes.fill(0xa5, from, from + 3 * 4096));
}

test('a whole database is opened as it is', async () => {
  const { parts, restored } = await stored();
  const database = await openRestoringDatabase(parts);
  sameFields(restored, []);
  await database.close();
});

for (const [what, harm] of [
  ['damaged pages', (file: string) => damage(file)],
  ['a damaged head', (file: string) => damage(file, 0)],
  [
    'another file in its place',
    (file: string) => writeFile(file, 'this is no database at all, but a letter'),
  ],
] as const)
  test(`${what} at the start: the newest backup takes its place, and the damaged one is kept`, async () => {
    const { file, parts, made, restored } = await stored({ backups: 2 });
    await harm(file);
    const database = await openRestoringDatabase(parts);
    sameFields(restored[0]?.from, made[1]);
    assert.ok(existsSync(restored[0]?.damaged ?? ''));
    const gallery = await openGallery(database, KEY);
    assert.equal((await gallery.find(ada))?.templates.length, 1);
    sameFields(await openJournal(database).verify(), { rows: 3 });
    await database.close();
  });

test('a backup that is damaged too is passed over for the one before', async () => {
  const { file, parts, made, restored } = await stored({ backups: 3 });
  await damage(file);
  await damage(made[2]?.file ?? '');
  await (await openRestoringDatabase(parts)).close();
  sameFields(restored[0]?.from, made[1]);
});

test('without any backup the box begins empty and says so, and it does not happen again', async () => {
  const { file, parts, restored } = await stored({ backups: 0 });
  await damage(file);
  const database = await openRestoringDatabase(parts);
  assert.equal(restored[0]?.from, undefined);
  sameFields(await (await openGallery(database, KEY)).list(), []);
  await database.close();
  await (await openRestoringDatabase(parts)).close();
  assert.equal(restored.length, 1);
});

test('damage in use is told to whoever meets it, and the next one finds the restored database', async () => {
  const { file, parts, restored } = await stored();
  const database = await openRestoringDatabase(parts);
  const gallery = await openGallery(database, KEY);
  const handle = await open(file, 'r+');
  for (let page = 1; page < 40; page += 1) await handle.write(Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096);
  await handle.close();
  await assert.rejects(gallery.list(), { code: 'gallery-unusable' });
  assert.equal((await gallery.list()).length, 2);
  assert.equal(restored.length, 1);
  const journal = openJournal(database);
  await journal.append({ kind: 'passage', subject: 's', at: wallTime(0), body: {} });
  sameFields(await journal.verify(), { rows: 4 });
  await database.close();
});

test('a folder that cannot be written is no damage, and nothing is put aside', async () => {
  const { file, parts } = await stored();
  await assert.rejects(openRestoringDatabase({ ...parts, file: path.join(file, 'twinstile.db') }), {
    code: 'gallery-unusable',
  });
});

test('a restore that was cut off between the two names is ended at the next start', async () => {
  const { file, parts, made } = await stored();
  await copyFile(made[0]?.file ?? '', `${file}.restored`);
  await rm(file);
  const database = await openRestoringDatabase(parts);
  assert.equal((await (await openGallery(database, KEY)).list()).length, 2);
  await database.close();
});

test('a restore that fails leaves the file in its place, and is tried again by whoever comes next', async () => {
  const { file, parts, restored } = await stored();
  const database = await openRestoringDatabase(parts);
  const gallery = await openGallery(database, KEY);
  // A folder where the copy is to lie: stands for a disk without room.
  await mkdir(path.join(`${file}.restored`, 'x'), { recursive: true });
  const handle = await open(file, 'r+');
  for (let page = 1; page < 40; page += 1) await handle.write(Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096);
  await handle.close();
  for (let attempt = 0; attempt < 5; attempt += 1) await assert.rejects(gallery.list());
  assert.ok(existsSync(file));
  await rm(`${file}.restored`, { recursive: true });
  await gallery.list().catch(() => {});
  assert.equal((await gallery.list()).length, 2);
  assert.equal(restored.length, 1);
  await database.close();
});

for (const [what, change] of [
  ['replaced by another', (file: string, other: string) => rename(other, file)],
  [
    'restored after it was moved away',
    async (file: string, other: string) => {
      await rename(file, `${file}.old`);
      await copyFile(other, file);
    },
  ],
  ['deleted', (file: string) => rm(file)],
  ['deprived of its log of writes', (file: string) => rm(`${file}-wal`)],
] as const)
  test(`a database that is ${what} while it is open takes no row any more, and says why`, async () => {
    const { file, parts, restored } = await stored();
    const other = newFile();
    await (await peopled(other)).database.close();
    const database = await openRestoringDatabase(parts);
    const gallery = await openGallery(database, KEY);
    await openJournal(database).append({ kind: 'notice', subject: 's', at: now(), body: {} });
    assert.equal(await database.isReplaced(), false);
    await change(file, other);
    assert.equal(await database.isReplaced(), true);
    await assert.rejects(
      openJournal(database).append({ kind: 'notice', subject: 's', at: now(), body: {} }),
      { code: 'gallery-unusable', message: /another file, or none/ },
    );
    assert.equal(await database.isReplaced(), true, 'also when it comes back');
    await gallery.close();
    await database.close();
    sameFields(restored, []);
    // What is there now is opened, and whole.
    const again = await openRestoringDatabase(parts);
    assert.equal(await again.isReplaced(), false);
    await openJournal(again).append({ kind: 'notice', subject: 's', at: now(), body: {} });
    await again.close();
  });

test('closing what was replaced leaves the writes to the new one alone', async () => {
  const { file, parts } = await stored();
  const old = await openRestoringDatabase(parts);
  await openJournal(old).append({ kind: 'notice', subject: 's', at: now(), body: {} });
  for (const end of ['', '-wal', '-shm']) await rename(file + end, `${file}.old${end}`);
  const other = await openRestoringDatabase(parts);
  const gallery = await openGallery(other, KEY);
  await gallery.apply([{ kind: 'put-person', person: { id: ada, name: 'New' } }]);
  await old.close();
  assert.equal((await gallery.find(ada))?.person.name, 'New');
  await gallery.close();
  await other.close();
  const again = await openRestoringDatabase(parts);
  assert.equal((await (await openGallery(again, KEY)).find(ada))?.person.name, 'New');
  await again.close();
});
