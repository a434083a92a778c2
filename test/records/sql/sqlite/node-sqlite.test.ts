/** The contracts of gallery and journal over Node's own SQLite: that it could take the driver's place is shown here, by figures in ARCHITECTURE. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { openGallery } from '../../../../src/records/people/sql-gallery.js';
import { type Database, openDatabase } from '../../../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../../../src/records/sql/sqlite/sqlite-journal.js';
import {
  closedGalleryContract,
  galleryStoreContract,
  sharedGalleryContract,
} from '../../../contracts/gallery-store.js';
import { journalContract } from '../../../contracts/journal.js';
import { connectByNode } from './node-sqlite-connection.js';
import { scratchFolder } from './scratch.js';

const newFile = await scratchFolder();
const databases: Database[] = [];
after(() => Promise.all(databases.map((database) => database.close())));

async function opened(file: string): Promise<Database> {
  const database = await openDatabase(file, 'create', connectByNode);
  databases.push(database);
  return database;
}

const gallery = async (file: string) => openGallery(await opened(file), Buffer.alloc(32, 7));

async function journal(bytes?: number) {
  const database = await opened(newFile());
  const outbox = openJournal(database, bytes);
  return { database, journal: outbox, outbox };
}

galleryStoreContract('node:sqlite', () => gallery(newFile()));
closedGalleryContract('node:sqlite', () => gallery(newFile()));
sharedGalleryContract('node:sqlite', async () => {
  const file = newFile();
  return [await gallery(file), await gallery(file)];
});
journalContract('node:sqlite', () => journal(), journal);

test('node:sqlite: a file of another kind is refused in the same words', async () => {
  const file = newFile();
  await (await openDatabase(file)).close();
  writeFileSync(
    file,
    'something else, and longer than the head of a database is, so that it is read as one'.repeat(20),
  );
  const ours = await openDatabase(file).then(
    () => '',
    ({ message }) => message,
  );
  await assert.rejects(openDatabase(file, 'create', connectByNode), {
    code: 'gallery-unusable',
    message: ours,
  });
});
