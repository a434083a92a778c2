/** One SQLite connection: with promises, with its errors in words, and with a mutex. The only file that talks to the driver. */
import sqlite3 from 'sqlite3';
import { TwinstileError } from '../../../base/errors.js';
import { type Sql, unusableStorage, type Value } from '../../sql-port.js';

/** One connection of a driver of SQLite. Callers must not overlap: `ConnectionMutex` sees to it. */
export interface SqliteConnection extends Sql {
  /** Several statements without values, not kept. */
  script(sql: string): Promise<void>;
  /** Ends the statements that it keeps, then the connection. */
  close(): Promise<void>;
}

/** npm's sqlite3, on libuv's threads. */
class ThreadPoolConnection implements SqliteConnection {
  readonly #driver: sqlite3.Database;
  readonly #file: string;
  /** The texts are constants of this folder, so there are a few dozen at most. */
  readonly #prepared = new Map<string, Promise<sqlite3.Statement>>();

  constructor(driver: sqlite3.Database, file: string) {
    this.#driver = driver;
    this.#file = file;
  }

  async run(sql: string, ...values: readonly Value[]): Promise<number> {
    const statement = await this.#prepare(sql);
    return new Promise((resolve, reject) => {
      const { broken } = this;
      statement.run(values, function (error) {
        if (error === null) resolve(this.changes);
        else reject(broken(error));
      });
    });
  }

  async all<Row>(sql: string, ...values: readonly Value[]): Promise<readonly Row[]> {
    const statement = await this.#prepare(sql);
    return new Promise((resolve, reject) => {
      statement.all<Row>(values, (error, rows) =>
        error === null ? resolve(rows) : reject(this.broken(error)),
      );
    });
  }

  /** Reads to the end: the driver's own `get` leaves the statement open, and with it a lock that stops other writers. */
  async one<Row>(sql: string, ...values: readonly Value[]): Promise<Row | undefined> {
    return (await this.all<Row>(sql, ...values))[0];
  }

  among(column: string): string {
    return `${column} IN (SELECT value FROM json_each(?))`;
  }

  field(column: string, name: string): string {
    return `json_extract(${column}, '$.${name}')`;
  }

  script(sql: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#driver.exec(sql, (error) => (error === null ? resolve() : reject(this.broken(error))));
    });
  }

  async close(): Promise<void> {
    for (const preparing of this.#prepared.values()) {
      // A statement that could not be prepared was already reported to its caller.
      const statement = await preparing.catch(() => undefined);
      await new Promise<void>((resolve) =>
        statement === undefined ? resolve() : statement.finalize(() => resolve()),
      );
    }
    this.#prepared.clear();
    await new Promise<void>((resolve, reject) => {
      this.#driver.close((error) => (error === null ? resolve() : reject(this.broken(error))));
    });
  }

  readonly broken = (error: Error): Error => storageError(this.#file, error);

  #prepare(sql: string): Promise<sqlite3.Statement> {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const preparing = new Promise<sqlite3.Statement>((resolve, reject) => {
      const statement = this.#driver.prepare(sql, (error) =>
        error === null ? resolve(statement) : reject(this.broken(error)),
      );
    });
    this.#prepared.set(sql, preparing);
    // The schema may be different next time, after a migration.
    preparing.catch(() => this.#prepared.delete(sql));
    return preparing;
  }
}

/** @param file a path whose file exists, or ':memory:'. @throws TwinstileError 'gallery-unusable'. */
export function connect(file: string): Promise<SqliteConnection> {
  return new Promise((resolve, reject) => {
    const driver = new sqlite3.Database(file, (error) => {
      if (error === null) resolve(new ThreadPoolConnection(driver, file));
      else reject(storageError(file, error));
    });
  });
}

/** Each waits for a disk sync of some milliseconds: this many are a disk that has stopped, or a flood. */
const MAX_WAITING = 2000;

/** Serialises work on a connection, so that the transactions of concurrent callers never mix. */
export class ConnectionMutex {
  readonly #connection: SqliteConnection;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #closing: Promise<void> | undefined;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async runExclusive<T>(work: (connection: SqliteConnection) => Promise<T>): Promise<T> {
    if (this.#closing !== undefined)
      throw new TwinstileError({ code: 'stopped', message: 'Expected an open database, got a closed one.' });
    // A full queue is no fault of the database: the caller may try again.
    if (this.#waiting >= MAX_WAITING)
      throw new TwinstileError({
        code: 'database-busy',
        message: `Expected at most ${MAX_WAITING} waiting for the database, got more.`,
        hint: 'Check whether the disk still answers, and who floods this box.',
      });
    return this.#enqueue(() => work(this.#connection));
  }

  /** Undone when `work` rejects. */
  transaction<T>(begin: 'BEGIN' | 'BEGIN IMMEDIATE', work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.runExclusive(async (connection) => {
      await connection.run(begin);
      try {
        const result = await work(connection);
        await connection.run('COMMIT');
        return result;
      } catch (error) {
        // SQLite may have rolled back by itself, for instance when the disk is full.
        await connection.run('ROLLBACK').catch(() => {});
        throw error;
      }
    });
  }

  /** Lets work under way end first. May be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#enqueue(async () => {
      // Does not wait for readers in other processes; the last one to close moves the rest.
      await this.#connection.all('PRAGMA wal_checkpoint(PASSIVE)');
      await this.#connection.close();
    });
    return this.#closing;
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting += 1;
    // A failure of the work before is reported to its own caller.
    const turn = this.#last.then(work, work).finally(() => {
      this.#waiting -= 1;
    });
    this.#last = turn;
    return turn;
  }
}

/** Maps an error of SQLite to a message with its cause and a hint. */
export function storageError(file: string, cause: Error): TwinstileError {
  const code = 'code' in cause ? String(cause.code) : '';
  const known = CASES.find(([each]) => code === each);
  if (known === undefined)
    return new TwinstileError({
      code: 'internal',
      message: `The database ${file} failed: ${cause.message}.`,
      cause,
    });
  const [, got, hint] = known;
  return unusableStorage(`a usable database at ${file}`, got, hint, cause);
}

/** Whether the file itself is damaged, as opposed to a full disk or another process that holds it. */
export function isDamage(error: unknown): boolean {
  const cause = error instanceof TwinstileError ? error.cause : error;
  return cause instanceof Error && 'code' in cause && DAMAGE.includes(String(cause.code));
}

const CASES: readonly (readonly [code: string, got: string, hint: string])[] = [
  [
    'SQLITE_CORRUPT',
    'a damaged one',
    'Restore the file from a backup together with its -wal file, or move it away and enroll again.',
  ],
  ['SQLITE_NOTADB', 'a file of another kind', 'Name another data folder, or move the file away.'],
  ['SQLITE_FULL', 'a full disk', 'Free some space on the disk; nothing that was stored is lost.'],
  ['SQLITE_READONLY', 'one that cannot be written', 'Let the user of the service write to the data folder.'],
  [
    'SQLITE_CANTOPEN',
    'one that cannot be opened',
    'Let the user of the service read and write the data folder.',
  ],
  ['SQLITE_IOERR', 'a disk that fails', 'Check the disk (dmesg, smartctl) and replace it if need be.'],
  [
    'SQLITE_BUSY',
    'one that another process holds',
    'Wait for the other twinstile command to end, then repeat.',
  ],
];

const DAMAGE: readonly string[] = ['SQLITE_CORRUPT', 'SQLITE_NOTADB'];
