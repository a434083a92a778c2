import { wallTime } from '../../base/units.js';
import type { Upkeep } from '../../ports/upkeep.js';
import { forgetTombstonesBefore } from '../../tables/tombstones.js';
import { backUp, pruneBackups } from './backup.js';
import type { Database } from './database.js';
import { forgetJournalBefore } from './people/forget.js';

/** The database stays the caller's to close. @param backups folder. */
export function openUpkeep(database: Database, backups: string): Upkeep {
  return {
    async newestRow() {
      const row = await database.read((sql) =>
        sql.one<{ readonly at: number }>('SELECT at_ms AS at FROM journal ORDER BY seq DESC LIMIT 1'),
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
        if (count > 0) await sql.run('UPDATE gallery_state SET version = version + 1');
        return count;
      });
      if (erased > 0) await database.rebuild();
      return erased;
    },
    forgetTombstonesBefore: (at) => database.write((sql) => forgetTombstonesBefore(sql, at)),
    async backUp(at, keep) {
      const { file } = await backUp(database, backups, at);
      await pruneBackups(backups, keep, at);
      return file;
    },
  };
}
