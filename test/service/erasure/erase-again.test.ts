/** Whoever was erased stays erased when an old copy of the database comes back. */

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { wallTime } from '../../../src/base/units.js';
import { publicHalf } from '../../../src/platform/device-key.js';
import { type Receipt, saltedHash, signReceipt } from '../../../src/records/erasure/erasure-receipt.js';
import { openGallery } from '../../../src/records/people/sql-gallery.js';
import { openRestoringDatabase } from '../../../src/records/sql/sqlite/restore-database.js';
import { backUp } from '../../../src/records/sql/sqlite/sqlite-backup.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../../src/records/sql/sqlite/sqlite-journal.js';
import type { Config } from '../../../src/service/config/config-schema.js';
import { eraseAgain, settleErasures } from '../../../src/service/erasure/erase-again.js';
import { erasePerson } from '../../../src/service/setup/erase-people.js';
import { ada, BADGE, bob, KEY, NAME, peopled, wordsIn } from '../../records/sql/sqlite/people.js';
import { sameFields } from '../../support/same-fields.js';

const NOW = wallTime(Date.UTC(2026, 10, 20));
const BY = { now: NOW, actor: { by: 'unix:root' }, galleryKey: KEY };
const galleryKey = async () => KEY;

/** A box from which Ada was erased after a copy of its database was carried away. */
async function boxFor(t: TestContext) {
  const data = await mkdtemp(path.join(tmpdir(), 'twinstile-erase-again-'));
  t.after(() => rm(data, { recursive: true, force: true }));
  const file = path.join(data, 'twinstile.db');
  const carried = path.join(data, 'carried-away.db');
  const config = { site: 's', data_dir: data, backup: {}, lanes: [{ id: 'north' }] } as unknown as Config;
  const { database } = await peopled(file);
  const backup = await backUp(database, path.join(data, 'backups'), wallTime(NOW - 1000));
  await copyFile(backup.file, carried);
  const { receipt } = await erasePerson(database, config, ada, BY);
  await database.close();
  const open = async (where = file) => {
    const opened = await openDatabase(where);
    t.after(() => opened.close().catch(() => {}));
    return opened;
  };
  /** As the handbook says: the file is put back, and log and index of the other one go. */
  const restore = async () => {
    for (const end of ['-wal', '-shm']) await rm(file + end, { force: true });
    await copyFile(carried, file);
    return open();
  };
  return { data, file, carried, backup, config, open, restore, receipt };
}

const peopleIn = async (database: Awaited<ReturnType<typeof openDatabase>>) =>
  (await database.read((sql) => sql.all<{ readonly id: string }>('SELECT id FROM people ORDER BY id'))).map(
    ({ id }) => id,
  );

test('who was erased since a copy was made is erased from it again, everywhere, with a notice', async (t) => {
  const { restore, config, file } = await boxFor(t);
  const database = await restore();
  sameFields(await peopleIn(database), [ada, bob]);
  sameFields(await eraseAgain(database, config, NOW, galleryKey), { people: 1, doubtful: [] });
  sameFields(await peopleIn(database), [bob]);
  sameFields(await wordsIn(file, [NAME, ada, BADGE]), []);
  const journal = openJournal(database);
  sameFields(await journal.verify(), { rows: 6, forgotten: 2 });
  const notices = (await journal.list({ limit: 9, kind: 'notice' })).map(({ body }) => body);
  sameFields(notices, [
    { lane: 'north', notice: 'restored-people-erased', people: 1 },
    { notice: 'erased-again' },
    { notice: 'journal-forgot', why: 'erasure', rows: 2, forgotten: 2 },
  ]);
  const message = (await journal.pending(9)).at(-1);
  assert.equal(message?.topic, 'twinstile/s/north/alert');
  assert.match(message?.payload ?? '', /"alert":"restored-people-erased".*"people":1/);
  sameFields(await eraseAgain(database, config, NOW, galleryKey), { people: 0, doubtful: [] });
  sameFields(await journal.verify(), { rows: 6, forgotten: 2 }, 'nothing is done twice');
});

test('who is enrolled anew after an erasure stays, also when a backup from after it comes back', async (t) => {
  const { open, config, data } = await boxFor(t);
  const database = await open();
  const gallery = await openGallery(database, KEY);
  await gallery.apply([{ kind: 'put-person', person: { id: ada, name: 'Ada again' } }]);
  sameFields(await eraseAgain(database, config, NOW, galleryKey), { people: 0, doubtful: [] });
  const later = await backUp(database, path.join(data, 'backups'), wallTime(NOW + 1000));
  const restored = await open(later.file);
  assert.equal((await eraseAgain(restored, config, NOW, galleryKey)).people, 0);
  sameFields(await peopleIn(restored), [ada, bob]);
});

test('a backup that the erasure reached takes note of it, and who is enrolled into it later stays', async (t) => {
  const { open, config, backup } = await boxFor(t);
  const database = await open(backup.file);
  sameFields(await peopleIn(database), [bob]);
  assert.equal((await eraseAgain(database, config, NOW, galleryKey)).people, 0);
  const gallery = await openGallery(database, KEY);
  await gallery.apply([{ kind: 'put-person', person: { id: ada, name: 'Ada again' } }]);
  assert.equal((await eraseAgain(database, config, NOW, galleryKey)).people, 0);
});

test('a backup that takes the place of a damaged database is gone through before anybody works on it', async (t) => {
  const { file, carried, data, config, backup } = await boxFor(t);
  await copyFile(carried, backup.file);
  await writeFile(file, 'no database');
  const told: unknown[] = [];
  const log = { warn: (about: unknown) => told.push(about), error: (about: unknown) => told.push(about) };
  const database = await openRestoringDatabase({
    file,
    backups: path.join(data, 'backups'),
    now: () => NOW,
    onRestored: () => told.push('restored'),
    settle: (opened) => settleErasures(opened, config, NOW, { log: log as never, galleryKey }),
  });
  t.after(() => database.close());
  sameFields(await peopleIn(database), [bob]);
  sameFields(told, [{ people: 1 }, 'restored']);
});

test('the receipt lies beside the backups as well, and is enough there', async (t) => {
  const { restore, config, data, receipt } = await boxFor(t);
  const names = await readdir(path.join(data, 'backups/erasures'));
  const name = names.find((each) => each.endsWith('.json')) ?? '';
  sameFields(JSON.parse(await readFile(path.join(data, 'backups/erasures', name), 'utf8')), receipt);
  await rm(path.join(data, 'erasures'), { recursive: true });
  assert.equal((await eraseAgain(await restore(), config, NOW, galleryKey)).people, 1);
});

test('a folder of receipts that cannot be read is not taken for one without receipts', async (t) => {
  const { restore, config, data } = await boxFor(t);
  const database = await restore();
  for (const folder of ['erasures', 'backups/erasures']) {
    await rm(path.join(data, folder), { recursive: true });
    await writeFile(path.join(data, folder), 'no folder');
  }
  await assert.rejects(eraseAgain(database, config, NOW, galleryKey), {
    code: 'gallery-unusable',
    message: /to read the folder of receipts/,
  });
  await rm(path.join(data, 'erasures'));
  // Beside the backups others may write: named, and no reason not to start.
  const { doubtful } = await eraseAgain(database, config, NOW, galleryKey);
  assert.deepEqual(doubtful, [path.join(data, 'backups/erasures')]);
});

test('nobody is erased where the backups cannot be gone through', async (t) => {
  const { restore, config, data } = await boxFor(t);
  const database = await restore();
  await rm(path.join(data, 'backups'), { recursive: true });
  await writeFile(path.join(data, 'backups'), 'no folder');
  await assert.rejects(erasePerson(database, config, bob, BY), /to read the folder of backups/);
  assert.ok((await peopleIn(database)).includes(bob));
});

const otherBox = generateKeyPairSync('ed25519');
const ofAnotherBox = (site: string): Receipt =>
  signReceipt(
    {
      v: 1 as const,
      ...{ erased_at: new Date(NOW).toISOString(), site, salt: '00', person_sha256: saltedHash(bob, '00') },
      ...{ templates: 1, badges: 0, journal_rows: 0, messages: 0, backups: 0, left: [], journal_head: null },
    },
    otherBox.privateKey,
    publicHalf(otherBox.publicKey).pub,
  );

for (const [name, folder, receipt, left] of [
  ['of the box before this one, beside the database, counts', 'erasures', ofAnotherBox('s'), []],
  ['of another box among the backups does not', 'backups/erasures', ofAnotherBox('s'), [bob]],
  ['of another site does not', 'erasures', ofAnotherBox('elsewhere'), [bob]],
  ['that was changed does not', 'erasures', { ...ofAnotherBox('s'), templates: 2 }, [bob]],
  ['that is none does not', 'erasures', 'a letter', [bob]],
] as const)
  test(`a receipt ${name}`, async (t) => {
    const { restore, config, data } = await boxFor(t);
    await mkdir(path.join(data, folder), { recursive: true });
    const file = path.join(data, folder, 'other.json');
    await writeFile(file, JSON.stringify(receipt));
    const database = await restore();
    const { doubtful } = await eraseAgain(database, config, NOW, galleryKey);
    sameFields(await peopleIn(database), left);
    sameFields(doubtful, left.length === 0 ? [] : [file]);
  });
