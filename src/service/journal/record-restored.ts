/** Records in the chain that a backup replaced the database, and which signed head was lost with the old one. */
import path from 'node:path';
import { type ActSource, recordActIn } from '../../records/journal/act.js';
import type { Database } from '../../records/sql/sqlite/sqlite-database.js';
import type { Config } from '../config/config-schema.js';
import { headFile, loadHead } from './journal-head-file.js';

/** @param backup absent: there was none, and the database is empty. */
export async function recordRestored(
  database: Database,
  { data_dir: data }: Pick<Config, 'data_dir'>,
  acts: ActSource,
  backup: string | undefined,
): Promise<void> {
  const head = await loadHead(headFile(data)).catch(() => undefined);
  await database.write(async (sql) => {
    const isThere =
      head === undefined ||
      (await sql.one('SELECT 1 FROM journal WHERE seq = ? AND hash = ?', head.seq, head.hash)) !== undefined;
    await recordActIn(sql, acts, {
      act: 'database-restored',
      backup: backup === undefined ? null : path.basename(backup),
      lost_seq: isThere ? undefined : head.seq,
      lost_hash: isThere ? undefined : head.hash,
    });
  });
}
