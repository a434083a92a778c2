/** Serialises work on a connection (mutex), so that the transactions of concurrent callers never mix. */
import { TwinstileError } from '../../../base/errors.js';
import type { Sql } from '../../sql-port.js';
import type { SqliteConnection } from './sqlite-connection.js';

/** Each waits for a disk sync of some milliseconds: this many are a disk that has stopped, or a flood. */
const MAX_WAITING = 2000;

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
