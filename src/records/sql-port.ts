/** People in tables: what the SQL that SQLite and PostgreSQL have in common needs around it. */

export type Value = string | number | Uint8Array | null;

/** What may be done inside a transaction. Values stand in the places of `?`, in their order. */
export interface Sql {
  /** @returns how many rows it changed. */
  run(sql: string, ...values: readonly Value[]): Promise<number>;
  all<Row>(sql: string, ...values: readonly Value[]): Promise<readonly Row[]>;
  one<Row>(sql: string, ...values: readonly Value[]): Promise<Row | undefined>;
  /** A condition: the column's value is in the list that stands as a JSON array of strings in the place of its `?`. */
  among(column: string): string;
  /** An expression: the text of a field of the JSON object in the column, NULL where it has none. @param name a constant. */
  field(column: string, name: string): string;
}

export interface Tables {
  /** Everything read inside is of one moment. */
  read<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** The same for whoever reads much: on a connection of its own, so that nobody waits for it. */
  survey<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Nobody else writes meanwhile. Durable when it resolves; undone when `work` rejects. */
  write<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Keeps what was erased from lying readable in a log that is at hand. @returns false while somebody reads it. */
  scrub(): Promise<boolean>;
}
