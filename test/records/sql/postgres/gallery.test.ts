import { after, test } from 'node:test';
import { openGallery } from '../../../../src/records/people/sql-gallery.js';
import {
  openPostgres,
  type PostgresDatabase,
} from '../../../../src/records/sql/postgres/postgres-database.js';
import type { PostgresAddress } from '../../../../src/records/sql/postgres/postgres-login.js';
import {
  closedGalleryContract,
  galleryStoreContract,
  sharedGalleryContract,
} from '../../../contracts/gallery-store.js';
import { publishSourceContract } from '../../../contracts/publish-source.js';
import { needsPostgres, startPostgres } from './private-postgres.js';

const key = Buffer.alloc(32, 7);

if (needsPostgres === false) {
  const server = await startPostgres();
  const databases: PostgresDatabase[] = [];
  after(async () => {
    await Promise.all(databases.map((database) => database.close()));
    await server.stop();
  });
  const tablesAt = async (address: PostgresAddress) => {
    const database = await openPostgres(address);
    databases.push(database);
    return database;
  };
  const openAt = async (address: PostgresAddress) => openGallery(await tablesAt(address), key);
  const open = async () => openAt(await server.newDatabase());
  galleryStoreContract('PostgreSQL', open);
  closedGalleryContract('PostgreSQL', open);
  sharedGalleryContract('PostgreSQL', async () => {
    const address = await server.newDatabase();
    return Promise.all([openAt(address), openAt(address)]);
  });
  publishSourceContract('PostgreSQL', async () => tablesAt(await server.newDatabase()));
} else test('PostgreSQL keeps the gallery’s promises', { skip: needsPostgres }, () => {});
