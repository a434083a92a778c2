/** What the broker has not yet heard, in order, and never more than fits. */
import type { Outbox, OutboxMessage } from '../../ports/journal.js';
import type { Sql } from '../../ports/tables.js';
import type { Database } from './database.js';

/** About 100,000 decisions: days without a broker, and nothing to a disk. */
const MOST_BYTES = 64 * 1024 * 1024;

export function openOutbox(database: Database): Outbox {
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
  };
}

/**
 * A message whose id already waits is the same message. When the outbox is full the oldest go first: the newest say what
 * is true now, and the journal keeps all of them.
 */
export async function put(sql: Sql, { id, topic, payload }: OutboxMessage, most = MOST_BYTES): Promise<void> {
  await sql.run(
    'INSERT INTO outbox (id, topic, payload) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING',
    id,
    topic,
    payload,
  );
  while ((await stateOf(sql)).bytes > most) {
    await sql.run('DELETE FROM outbox WHERE place = (SELECT min(place) FROM outbox)');
    await sql.run('UPDATE outbox_state SET dropped = dropped + 1');
  }
}

async function stateOf(sql: Sql): Promise<{ readonly bytes: number; readonly dropped: number }> {
  const state = await sql.one<{ readonly bytes: number; readonly dropped: number }>(
    'SELECT bytes, dropped FROM outbox_state',
  );
  return state ?? { bytes: 0, dropped: 0 };
}
