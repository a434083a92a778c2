/** Rotates the gallery's key without end: database, backups, key file. Arguments: database, key file, folder of backups. */
import { writeSync } from 'node:fs';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { rotateGalleryKey } from '../../../src/service/setup/rotate-gallery-key.js';

const [, , file = '', key = '', backups = ''] = process.argv;
const database = await openDatabase(file);
for (;;) {
  writeSync(1, 'begins\n');
  await rotateGalleryKey(database, key, backups);
}
