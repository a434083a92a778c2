/** Deletes and backs up in SQLite what retention asks for. */
import { wallTime } from '../../base/units.js';
import { type ActSource, recordActIn } from '../journal/act.js';
import { forgetTombstonesBefore } from '../people/tombstones.js';
import { backUp, pruneBackups } from '../sql/sqlite/sqlite-backup.js';
import type { Database } from '../sql/sqlite/sqlite-database.js';
import type { Sql } from '../sql-port.js';
import { forgetJournalBefore } from './forget-people.js';
import type { Upkeep } from './retention.js';

/**
 * The database stays the caller's to close.
 * @param backups folder.
 * @param acts who erases what retention ends: templates and tombstones decide who may pass.
 */
export function openUpkeep(database: Database, backups: string, acts: ActSource): Upkeep {
  return {
    async newestRow() {
      const row = await database.read(
        async (sql) => (await newestAmong(sql, 'gates')) ?? newestAmong(sql, 'all'),
      );
      return row === undefined ? undefined : wallTime(row.at);
    },
    forgetJournalBefore: (at, now) => forgetJournalBefore(database, at, now),
    async eraseTemplatesBefore(at) {
      const erased = await database.write(async (sql) => {
        const count = await sql.run(
          `DELETE FROM templates
            WHERE person IN (SELECT id FROM people WHERE consent_until_ms IS NOT NULL AND consent_until_ms < ?)`,
          at,
        );
        await sql.run(
          `DELETE FROM crops
            WHERE person IN (SELECT id FROM people WHERE consent_until_ms IS NOT NULL AND consent_until_ms < ?)`,
          at,
        );
        if (count > 0) {
          await sql.run('UPDATE gallery_state SET version = version + 1');
          await recordActIn(sql, acts, { act: 'templates-expired', templates: count });
        }
        return count;
      });
      if (erased > 0) await database.rebuild();
      return erased;
    },
    forgetTombstonesBefore: (at) =>
      database.write(async (sql) => {
        const count = await forgetTombstonesBefore(sql, at);
        // Such a badge may be a visitor's from now on.
        if (count > 0) await recordActIn(sql, acts, { act: 'tombstones-expired', tombstones: count });
        return count;
      }),
    async backUp(at, keep) {
      const { file } = await backUp(database, backups, at);
      await pruneBackups(backups, keep, at);
      return file;
    },
  };
}

/** Skips acts, which prove no clock: a command, or the start of the service, writes one at any time of the clock. */
const newestAmong = (sql: Sql, rows: 'gates' | 'all'): Promise<{ readonly at: number } | undefined> =>
  sql.one(
    `SELECT at_ms AS at FROM journal ${rows === 'gates' ? "WHERE kind <> 'act'" : ''} ORDER BY seq DESC LIMIT 1`,
  );
