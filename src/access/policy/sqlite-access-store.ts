/** Stores passages and lane modes in the gallery's database, so that erasing a person erases their record too. */
import { laneId, personId } from '../../base/ids.js';
import type { Database } from '../../records/sql/sqlite/sqlite-database.js';
import type { AccessStore } from './access-store.js';

/** The database stays the caller's to close. */
export function openAccessStore(database: Database): AccessStore {
  return {
    records: async () => {
      const rows = await database.read((sql) =>
        sql.all<{ readonly person: string; readonly record: string }>(
          'SELECT person, record FROM access_state',
        ),
      );
      return new Map(rows.map(({ person, record }) => [personId(person), record]));
    },
    save: async (person, record) => {
      await database.write((sql) =>
        sql.run(
          `INSERT INTO access_state SELECT id, ? FROM people WHERE id = ?
             ON CONFLICT (person) DO UPDATE SET record = excluded.record`,
          record,
          person,
        ),
      );
    },
    modes: async () => {
      const rows = await database.read((sql) =>
        sql.all<{ readonly lane: string; readonly mode: string }>('SELECT lane, mode FROM lane_modes'),
      );
      return new Map(rows.map(({ lane, mode }) => [laneId(lane), mode]));
    },
    saveMode: async (lane, mode) => {
      await database.write((sql) =>
        sql.run(
          'INSERT INTO lane_modes VALUES (?, ?) ON CONFLICT (lane) DO UPDATE SET mode = excluded.mode',
          lane,
          mode,
        ),
      );
    },
  };
}
