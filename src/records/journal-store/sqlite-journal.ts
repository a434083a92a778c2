/** Opens the journal: a chain of rows, each written together with its message to the broker. */

import { appendRow } from '../journal/append.js';
import type { Journal, JournalEntry, JournalRow, Outbox, OutboxMessage } from '../journal/journal.js';
import { openRows, rowsIn } from '../journal/journal-rows.js';
import { ROW_COLUMNS } from '../journal/stored-row.js';
import type { Database } from '../sql/sqlite/sqlite-database.js';
import type { Sql } from '../sql-port.js';
import { openOutbox, put } from './outbox.js';

/** The database stays the caller's to close, after the journal. @param outboxBytes most that waits for the broker. */
export function openJournal(database: Database, outboxBytes?: number): Journal & Outbox {
  return {
    ...openOutbox(database),
    ...openRows(database),
    append: (entry, message) => database.write((sql) => appendIn(sql, entry, message, outboxBytes)),
    unfinished: () =>
      rowsIn(database, (sql) =>
        sql.all(
          `SELECT ${ROW_COLUMNS} FROM journal AS decision
            WHERE kind = 'decision' AND json_extract(body, '$.verdict') = 'granted' AND NOT EXISTS
              (SELECT 1 FROM journal WHERE kind = 'outcome' AND subject = decision.subject)
            ORDER BY seq`,
        ),
      ),
  };
}

/** For callers that write more in the same transaction. */
export async function appendIn(
  sql: Sql,
  entry: JournalEntry,
  message?: OutboxMessage,
  outboxBytes?: number,
): Promise<JournalRow> {
  const row = await appendRow(sql, entry);
  if (message !== undefined) await put(sql, message, outboxBytes);
  return row;
}
