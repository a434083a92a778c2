import { after } from 'node:test';
import { type Database, openDatabase } from '../../../../src/records/sql/sqlite/sqlite-database.js';
import { publishSourceContract } from '../../../contracts/publish-source.js';
import { scratchFolder } from './scratch.js';

const newFile = await scratchFolder();
const databases: Database[] = [];
after(() => Promise.all(databases.map((database) => database.close())));

publishSourceContract('SQLite', async () => {
  const database = await openDatabase(newFile());
  databases.push(database);
  return database;
});
