/** The journal in SQLite: a chain of rows, each written together with its message to the broker, and the outbox of these messages. */
import { appendRow, ROW_COLUMNS } from '../../journal/append.js';
import {
  type Journal,
  type JournalEntry,
  type JournalRow,
  type Outbox,
  type OutboxMessage,
  outsideReserve,
} from '../../journal/journal.js';
import { openRows, rowsIn } from '../../journal/journal-rows.js';
import type { Sql } from '../../sql-port.js';
import type { Database } from './sqlite-database.js';

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

/** Of the outbox: about 100,000 decisions: days without a broker, and nothing to a disk. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Messages not yet delivered to the broker, in order, within a fixed size. */
function openOutbox(database: Database): Outbox {
  return {
    pending: (limit) =>
      database.read((sql) =>
        sql.all<OutboxMessage>('SELECT id, topic, payload FROM outbox ORDER BY place LIMIT ?', limit),
      ),
    delivered: async (ids) => {
      if (ids.length === 0) return;
      await database.write((sql) =>
        sql.run('DELETE FROM outbox WHERE id IN (SELECT value FROM json_each(?))', JSON.stringify(ids)),
      );
    },
    dropped: () => database.read(async (sql) => (await stateOf(sql)).dropped),
    unreportedDrops: () =>
      database.read(async (sql) => {
        const { dropped, told } = await stateOf(sql);
        return dropped - told;
      }),
    markReported: async (count) => {
      await database.write((sql) => sql.run('UPDATE outbox_state SET told = told + ?', count));
    },
  };
}

/**
 * Adds a message to the outbox; one with a pending id is a duplicate. Messages that outsiders caused have a reserve and are dropped when it
 * is full: they displace nothing. For the box's own messages the oldest outsiders' are dropped first, then the oldest of
 * all: the newest describe the current state, and the journal keeps all of them.
 */
async function put(
  sql: Sql,
  { id, topic, payload, outside = false }: OutboxMessage,
  most = MAX_BYTES,
): Promise<void> {
  if (outside) {
    const { bytes, outside_bytes } = await stateOf(sql);
    const size = Buffer.byteLength(id + topic + payload);
    if (bytes + size > most || outside_bytes + size > outsideReserve(most)) return countDropped(sql);
  }
  await sql.run(
    'INSERT INTO outbox (id, topic, payload, outside) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
    id,
    topic,
    payload,
    outside ? 1 : 0,
  );
  for (let state = await stateOf(sql); state.bytes > most; state = await stateOf(sql)) {
    const among = state.outside_bytes > 0 ? 'WHERE outside = 1' : '';
    await sql.run(`DELETE FROM outbox WHERE place = (SELECT min(place) FROM outbox ${among})`);
    await countDropped(sql);
  }
}

async function countDropped(sql: Sql): Promise<void> {
  await sql.run('UPDATE outbox_state SET dropped = dropped + 1');
}

interface State {
  readonly bytes: number;
  readonly outside_bytes: number;
  readonly dropped: number;
  readonly told: number;
}

async function stateOf(sql: Sql): Promise<State> {
  const state = await sql.one<State>('SELECT bytes, outside_bytes, dropped, told FROM outbox_state');
  return state ?? { bytes: 0, outside_bytes: 0, dropped: 0, told: 0 };
}
