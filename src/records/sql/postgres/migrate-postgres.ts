/** Migrates the tables to this program's version. */
import { unusableStorage } from '../unusable-storage.js';
import { officeTables } from './migrations/001-office.js';
import { publishedMark } from './migrations/002-published-mark.js';
import { actTables } from './migrations/003-acts.js';
import { badgeTombstoneTables } from './migrations/004-badge-tombstones.js';

/** Number n in this list leads to version n + 1. Never changed once released: only appended to. */
const MIGRATIONS: readonly string[] = [officeTables, publishedMark, actTables, badgeTombstoneTables];

/** 'TWIS': two offices that start at once do not both migrate. */
const LOCK = 0x54574953;

/** What migrating needs of a connection: texts without values, in a transaction of the caller's. */
type RunScript = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/**
 * Runs all steps in the caller's transaction: PostgreSQL rolls back tables, too. A schema of its own keeps them apart from
 * other tables of the database.
 * @param place for messages. @throws TwinstileError 'gallery-unusable'.
 */
export async function migratePostgres(ask: RunScript, place: string): Promise<void> {
  await ask(`SELECT pg_advisory_xact_lock(${LOCK})`);
  const [encoding] = await ask('SHOW server_encoding');
  if (encoding?.server_encoding !== 'UTF8')
    throw unusableStorage(
      `a database in UTF8 at ${place}`,
      `one in ${encoding?.server_encoding}`,
      'Make it anew with: createdb --encoding=UTF8 --template=template0 NAME',
    );
  // Making what is there needs a right that the owner of the schema may not have.
  const [schema] = await ask(`SELECT 1 FROM pg_namespace WHERE nspname = 'twinstile'`);
  if (schema === undefined) await ask('CREATE SCHEMA twinstile');
  const [table] = await ask(`SELECT to_regclass('twinstile.schema_version') IS NOT NULL AS there`);
  if (table?.there !== true)
    await ask('CREATE TABLE schema_version (version BIGINT NOT NULL); INSERT INTO schema_version VALUES (0)');
  const [state] = await ask('SELECT version FROM schema_version');
  const version = Number(state?.version);
  if (!(version <= MIGRATIONS.length))
    throw unusableStorage(
      `tables of version ${MIGRATIONS.length} or older at ${place}`,
      `version ${version}`,
      'Install the newer twinstile here as well: all offices use one version.',
    );
  for (const step of MIGRATIONS.slice(version)) await ask(step);
  if (version < MIGRATIONS.length) await ask(`UPDATE schema_version SET version = ${MIGRATIONS.length}`);
}
