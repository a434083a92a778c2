/** Migrates the tables to this program's version. */

import { type Sql, unusableStorage } from '../../sql-port.js';
import { accessTables, fleetTables, galleryTables, journalTables } from './migrations/001-to-004-tables.js';
import {
  actTables,
  adaptationTables,
  badgeTombstoneTables,
  cropTables,
  leftOutTables,
  modelsTables,
  outboxReserve,
  publishedMark,
  takenCommandsTables,
  upkeepTables,
} from './migrations/005-to-014-tables.js';
import { coverOldRows, renameStoredWords } from './migrations/015-and-016-rows.js';
import { captureConditions } from './migrations/017-capture-conditions.js';
import { disputeTables } from './migrations/018-disputes.js';
import { cameraEvidenceTables } from './migrations/019-camera-evidence.js';
import type { SqliteConnection } from './sqlite-connection.js';

/** Number n in this list leads to user_version n + 1. Never changed once released: only appended to. */
const MIGRATIONS: readonly (string | ((sql: Sql) => Promise<void>))[] = [
  galleryTables,
  journalTables,
  accessTables,
  fleetTables,
  upkeepTables,
  modelsTables,
  adaptationTables,
  cropTables,
  publishedMark,
  actTables,
  leftOutTables,
  badgeTombstoneTables,
  takenCommandsTables,
  outboxReserve,
  coverOldRows,
  renameStoredWords,
  captureConditions,
  disputeTables,
  cameraEvidenceTables,
];

/** 'TWIS': distinguishes this program's databases from those of others. */
const APPLICATION_ID = 0x54574953;

/** Each step in a transaction of its own, so that a crash leaves a whole version. @throws TwinstileError 'gallery-unusable'. */
export async function migrateSqlite(connection: SqliteConnection, file: string): Promise<void> {
  for (;;) {
    await connection.run('BEGIN IMMEDIATE');
    try {
      const version = await versionOf(connection, file);
      const step = MIGRATIONS[version];
      if (typeof step === 'function') await step(connection);
      if (step !== undefined)
        await connection.script(
          `${typeof step === 'string' ? step : ''}; PRAGMA user_version = ${version + 1}; PRAGMA application_id = ${APPLICATION_ID};`,
        );
      await connection.run('COMMIT');
      if (step === undefined) return;
    } catch (error) {
      // The first failure is the one to report.
      await connection.run('ROLLBACK').catch(() => {});
      throw error;
    }
  }
}

async function versionOf(connection: SqliteConnection, file: string): Promise<number> {
  const version =
    (await connection.one<{ readonly user_version: number }>('PRAGMA user_version'))?.user_version ?? 0;
  const owner = (await connection.one<{ readonly application_id: number }>('PRAGMA application_id'))
    ?.application_id;
  const tables = await connection.one('SELECT 1 FROM sqlite_schema LIMIT 1');
  if (owner !== APPLICATION_ID && (version !== 0 || tables !== undefined))
    throw unusableStorage(
      `a database of twinstile at ${file}`,
      'one of another program',
      'Name another data folder, or move the file away.',
    );
  if (version > MIGRATIONS.length)
    throw unusableStorage(
      `tables of version ${MIGRATIONS.length} or older at ${file}`,
      `version ${version}`,
      'Install the newer twinstile again, or restore the database from before its first start.',
    );
  return version;
}
