/** The one database file. */
import { chmod, lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TwinstileError } from '../../../base/errors.js';
import { giveToOwnerOf, makeFolder } from '../../../platform/folders.js';
import { openForWriting, requirePlainFile } from '../../../platform/plain-file.js';
import { type Sql, type Tables, unusableStorage } from '../../sql-port.js';
import { migrateSqlite } from './migrate-sqlite.js';
import { ConnectionMutex, connect, type SqliteConnection, storageError } from './sqlite-connection.js';
import { expectSoundSqlite } from './sqlite-version.js';

/** Durable means: with FULL sync. */
export interface Database extends Tables {
  /** Empties the write-ahead log, so that no erased data is left in it. @returns false while a reader prevents it. */
  scrub(): Promise<boolean>;
  /** Rewrites the whole file and empties the log: no page keeps erased data. @returns false as `scrub`. */
  rebuild(): Promise<boolean>;
  /** Copies the durable state to a new file without blocking writers. @param target must not exist, or be empty. */
  copyTo(target: string): Promise<void>;
  /**
   * Runs what is not allowed in a transaction: attaching and detaching another database. Work in that one goes
   * through `read`, which does not block writers here.
   */
  script(sql: string): Promise<void>;
  /** Lets work under way end first. */
  close(): Promise<void>;
}

/** Another process holds the file for one transaction at most, which takes milliseconds. */
const BUSY_TIMEOUT_MS = 5000;

const PRAGMAS = `
  PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS};
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON;
  PRAGMA secure_delete = ON;
  PRAGMA trusted_schema = OFF;
  PRAGMA cell_size_check = ON;
`;

/** What is done where there is no file: commands that only look never make one. */
export type IfMissing = 'create' | 'refuse';

type Connect = (file: string) => Promise<SqliteConnection>;

/**
 * Opens the file, or makes it (0600, in a folder of 0700), checks it and brings it to this version's tables.
 * @param connectTo another driver's, for comparison.
 * @throws TwinstileError 'gallery-unusable' | 'database-missing' | 'setup-incomplete'.
 */
export async function openDatabase(
  file: string,
  missing: IfMissing = 'create',
  connectTo: Connect = connect,
): Promise<Database> {
  if (missing === 'refuse') await expectFile(file);
  if (file !== ':memory:') await prepareFile(file);
  const connection = await connectTo(file);
  try {
    await expectSoundSqlite(connection);
    await connection.script(PRAGMAS);
    await checkPages(connection, file);
    await migrateSqlite(connection, file);
    return new QueuedDatabase(
      connection,
      file === ':memory:' ? undefined : await connectAside(file, connectTo),
    );
  } catch (error) {
    // The first failure is the one to report.
    await connection.close().catch(() => {});
    throw error;
  }
}

async function connectAside(file: string, connectTo: Connect): Promise<SqliteConnection> {
  const connection = await connectTo(file);
  await connection.script(PRAGMAS);
  return connection;
}

/** @throws TwinstileError 'database-missing' | 'gallery-unusable'. */
export async function expectFile(file: string): Promise<void> {
  try {
    await requirePlainFile(file, { refuse: notADatabase });
  } catch (cause) {
    if (cause instanceof TwinstileError) throw cause;
    if (
      !(cause instanceof Error) ||
      !('code' in cause) ||
      (cause.code !== 'ENOENT' && cause.code !== 'ENOTDIR')
    )
      throw unusableStorage(
        `a database at ${file}`,
        'a folder that may not be looked into',
        'Run this as the user of the service, or as root.',
        cause,
      );
    throw new TwinstileError({
      code: 'database-missing',
      message: `There is no database at ${file}.`,
      hint: 'Correct `data_dir` in the configuration. Where it is right: the service makes one at its first start, and so does twinstile enroll.',
    });
  }
}

const notADatabase = (expected: string, got: string): TwinstileError =>
  unusableStorage(expected, got, 'Correct the path, or move away what is in the place of the database.');

async function prepareFile(file: string): Promise<void> {
  try {
    const folder = dirname(file);
    await makeFolder(folder);
    await (await openForWriting(file, { mode: 0o600, how: 'append', refuse: notADatabase })).close();
    const stats = await lstat(file);
    if (stats.isFile() && (stats.mode & 0o077) !== 0) await chmod(file, 0o600);
    await giveToOwnerOf(folder, file);
  } catch (cause) {
    if (cause instanceof TwinstileError) throw cause;
    throw unusableStorage(
      `a database at ${file}`,
      'no file that may be written',
      'Let the user of the service write to the data folder.',
      cause,
    );
  }
}

async function checkPages(connection: SqliteConnection, file: string): Promise<void> {
  const found = await connection.one<{ readonly quick_check: string }>('PRAGMA quick_check(1)');
  if (found?.quick_check === 'ok') return;
  throw storageError(
    file,
    Object.assign(new Error(found?.quick_check ?? 'quick_check said nothing'), { code: 'SQLITE_CORRUPT' }),
  );
}

async function emptyLog(connection: SqliteConnection): Promise<boolean> {
  const done = await connection.one<{ readonly busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)');
  return done?.busy === 0;
}

class QueuedDatabase implements Database {
  readonly #main: ConnectionMutex;
  /** The same as the other for a database in memory, which only one connection can see. */
  readonly #aside: ConnectionMutex;

  constructor(main: SqliteConnection, aside: SqliteConnection | undefined) {
    this.#main = new ConnectionMutex(main);
    this.#aside = aside === undefined ? this.#main : new ConnectionMutex(aside);
  }

  read<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#main.transaction('BEGIN', work);
  }

  survey<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#aside.transaction('BEGIN', work);
  }

  write<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#main.transaction('BEGIN IMMEDIATE', work);
  }

  scrub(): Promise<boolean> {
    return this.#main.runExclusive(emptyLog);
  }

  rebuild(): Promise<boolean> {
    return this.#main.runExclusive(async (connection) => {
      await connection.script('VACUUM');
      return emptyLog(connection);
    });
  }

  copyTo(target: string): Promise<void> {
    return this.#aside.runExclusive(async (connection) => {
      await connection.run('VACUUM INTO ?', target);
    });
  }

  script(sql: string): Promise<void> {
    return this.#main.runExclusive((connection) => connection.script(sql));
  }

  async close(): Promise<void> {
    await this.#aside.close();
    await this.#main.close();
  }
}
