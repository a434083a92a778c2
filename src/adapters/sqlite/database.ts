/**
 * The one database file. Whoever works on it has the connection alone until done, so that the transactions of
 * concurrent callers never run into each other.
 */
import { chmod, chown, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import { type Connection, connect, type Sql } from './connection.js';
import { migrate } from './migrate.js';
import { storageError, unusable } from './storage-error.js';

export interface Database {
  /** Everything read inside is of one moment. */
  read<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Durable when it resolves (FULL sync); undone when `work` rejects. */
  write<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Empties the write-ahead log, so that nothing that was erased is left in it. */
  scrub(): Promise<void>;
  /** Lets work under way end first. */
  close(): Promise<void>;
}

/** Each waits for a disk sync of some milliseconds: this many are a disk that has stopped. */
const MOST_WAITING = 2000;

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

/**
 * Opens the file, or makes it (0600, in a folder of 0700), checks it and brings it to this version's tables.
 * @throws TwinstileError 'gallery-unusable'.
 */
export async function openDatabase(file: string): Promise<Database> {
  if (file !== ':memory:') await prepareFile(file);
  const connection = await connect(file);
  try {
    await connection.script(PRAGMAS);
    await checkPages(connection, file);
    await migrate(connection, file);
    return new QueuedDatabase(connection);
  } catch (error) {
    // The first failure is the one to tell.
    await connection.close().catch(() => {});
    throw error;
  }
}

async function prepareFile(file: string): Promise<void> {
  try {
    const folder = dirname(file);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await (await open(file, 'a', 0o600)).close();
    if (((await stat(file)).mode & 0o077) !== 0) await chmod(file, 0o600);
    await giveToOwnerOf(folder, file);
  } catch (cause) {
    throw unusable(
      `a database at ${file}`,
      'no file that may be written',
      'Let the user of the service write to the data folder.',
      cause,
    );
  }
}

/** An administrator who enrols somebody as root must not lock the service out of its own file. */
async function giveToOwnerOf(folder: string, file: string): Promise<void> {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = await stat(folder);
  if ((await stat(file)).uid !== uid) await chown(file, uid, gid);
}

async function checkPages(connection: Connection, file: string): Promise<void> {
  const found = await connection.one<{ readonly quick_check: string }>('PRAGMA quick_check(1)');
  if (found?.quick_check === 'ok') return;
  throw storageError(
    file,
    Object.assign(new Error(found?.quick_check ?? 'quick_check said nothing'), { code: 'SQLITE_CORRUPT' }),
  );
}

class QueuedDatabase implements Database {
  readonly #connection: Connection;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #closed = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  read<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#alone(() => this.#within('BEGIN', work));
  }

  write<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#alone(() => this.#within('BEGIN IMMEDIATE', work));
  }

  scrub(): Promise<void> {
    return this.#alone(async () => {
      await this.#connection.all('PRAGMA wal_checkpoint(TRUNCATE)');
    });
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    const closing = this.#alone(async () => {
      // Does not wait for readers in other processes; the last one to close moves the rest.
      await this.#connection.all('PRAGMA wal_checkpoint(PASSIVE)');
      await this.#connection.close();
    });
    this.#closed = true;
    return closing;
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed)
      throw new TwinstileError({ code: 'stopped', message: 'Expected an open database, got a closed one.' });
    if (this.#waiting >= MOST_WAITING)
      throw unusable(
        `at most ${MOST_WAITING} waiting for the database`,
        'more',
        'Check whether the disk still answers.',
      );
    this.#waiting += 1;
    // Whether the work before succeeded is told to whoever asked for it.
    const turn = this.#last.then(work, work).finally(() => {
      this.#waiting -= 1;
    });
    this.#last = turn;
    return turn;
  }

  async #within<T>(begin: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    await this.#connection.run(begin);
    try {
      const result = await work(this.#connection);
      await this.#connection.run('COMMIT');
      return result;
    } catch (error) {
      // SQLite may have rolled back by itself, for instance when the disk is full.
      await this.#connection.run('ROLLBACK').catch(() => {});
      throw error;
    }
  }
}
