/** The port to tables: what the SQL that SQLite and PostgreSQL have in common needs around it. */
import { TwinstileError } from '../base/errors.js';

export type Value = string | number | Uint8Array | null;

/** Operations inside a transaction. Values replace each `?` in order. */
export interface Sql {
  /** @returns how many rows it changed. */
  run(sql: string, ...values: readonly Value[]): Promise<number>;
  all<Row>(sql: string, ...values: readonly Value[]): Promise<readonly Row[]>;
  one<Row>(sql: string, ...values: readonly Value[]): Promise<Row | undefined>;
  /** A condition: the column's value is in the list, given as a JSON array of strings for its `?`. */
  among(column: string): string;
  /** An expression: the text of a field of the JSON object in the column, NULL where it has none. @param name a constant. */
  field(column: string, name: string): string;
}

export interface Tables {
  /** All reads inside see one state of the database. */
  read<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** As `read`, for long reads: on a separate connection, so that others do not wait for it. */
  survey<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Excludes other writers. Durable when it resolves; rolled back when `work` rejects. */
  write<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Removes erased data from a log that this program can reach. @returns false while a reader prevents it. */
  scrub(): Promise<boolean>;
}

/** The database, or something in it, cannot be used as it is. */
export const unusableStorage = (
  expected: string,
  got: string,
  hint: string,
  cause?: unknown,
): TwinstileError =>
  new TwinstileError({
    code: 'gallery-unusable',
    message: `Expected ${expected}, got ${got}.`,
    hint,
    cause,
  });
