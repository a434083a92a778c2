/** The rows of the journal's chain, wherever the tables are: listed, walked and verified. */

import type { Sql, Tables } from '../sql-port.js';
import { appendRow, journalRowOf, ROW_COLUMNS, type StoredRow } from './append.js';
import type { Journal, JournalRow } from './journal.js';
import { verifyChain } from './verify-chain.js';

/** The tables stay the caller's to close. */
export function openRows(tables: Tables): Omit<Journal, 'unfinished'> {
  return {
    append: (entry) => tables.write((sql) => appendRow(sql, entry)),
    list: ({ limit, before = Number.MAX_SAFE_INTEGER, kind }) =>
      rowsIn(tables, (sql) =>
        kind === undefined
          ? sql.all(
              `SELECT ${ROW_COLUMNS} FROM journal WHERE seq < ? ORDER BY seq DESC LIMIT ?`,
              before,
              limit,
            )
          : sql.all(
              `SELECT ${ROW_COLUMNS} FROM journal WHERE seq < ? AND kind = ? ORDER BY seq DESC LIMIT ?`,
              before,
              kind,
              limit,
            ),
      ),
    walk: (after, limit) =>
      rowsIn(tables, (sql) =>
        sql.all(`SELECT ${ROW_COLUMNS} FROM journal WHERE seq > ? ORDER BY seq LIMIT ?`, after, limit),
      ),
    verify: (heads) => verifyChain(tables, heads),
    close: async () => {},
  };
}

export async function rowsIn(
  tables: Tables,
  query: (sql: Sql) => Promise<readonly StoredRow[]>,
): Promise<readonly JournalRow[]> {
  return (await tables.read(query)).map(journalRowOf);
}
