/** One SQLite connection with promises: the only file that talks to the driver. */
import sqlite3 from 'sqlite3';
import type { Sql, Value } from '../../sql-port.js';
import { storageError } from './sqlite-error.js';

/** Callers must not overlap: see database.ts. */
export class SqliteConnection implements Sql {
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

  /** Several statements without values, not kept. */
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
      if (error === null) resolve(new SqliteConnection(driver, file));
      else reject(storageError(file, error));
    });
  });
}
