/** Stores the rollout progress of this device, in the database of the gallery that depends on it. */
import type { ModelDigest, PersonId } from '../../base/ids.js';
import type { Database } from '../../records/sql/sqlite/sqlite-database.js';
import { type Sql, unusableStorage } from '../../records/sql-port.js';
import type { RolloutStore } from '../fleet-ports.js';
import { NO_PROGRESS, progressSchema, type RolloutProgress } from '../releases/rollout-state.js';

/** The database stays the caller's to close. */
export function openRolloutStore(database: Database): RolloutStore {
  return {
    load: () => database.read(loadIn),
    change: (step) =>
      database.write(async (sql) => {
        const before = await loadIn(sql);
        const after = step(before);
        if (after !== before) await sql.run('UPDATE models_progress SET body = ?', JSON.stringify(after));
        return after;
      }),
    coverage: (from, to) => database.survey((sql) => coverageIn(sql, from, to)),
  };
}

/** @throws TwinstileError 'gallery-unusable'. */
async function loadIn(sql: Sql): Promise<RolloutProgress> {
  const row = await sql.one<{ readonly body: string | null }>('SELECT body FROM models_progress');
  if (row?.body == null) return NO_PROGRESS;
  try {
    return progressSchema.parse(JSON.parse(row.body));
  } catch (cause) {
    throw unusableStorage(
      'what was stored of releases of models',
      'something else',
      'Find out who wrote to the database, and restore it from a backup.',
      cause,
    );
  }
}

async function coverageIn(sql: Sql, from: ModelDigest, to: ModelDigest) {
  const rows = await sql.all<{ readonly person: PersonId; readonly there: number }>(
    `SELECT id AS person, EXISTS (SELECT 1 FROM templates WHERE person = id AND digest = ?) AS there
       FROM people
      WHERE consent_text IS NOT NULL AND id NOT IN (SELECT id FROM revoked WHERE kind = 'person')
        AND EXISTS (SELECT 1 FROM templates WHERE person = id AND digest = ?)
      ORDER BY id`,
    to,
    from,
  );
  return {
    people: rows.length,
    without: rows.filter(({ there }) => there === 0).map(({ person }) => person),
  };
}
