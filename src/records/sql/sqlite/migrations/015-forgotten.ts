/** Accounts once for rows that were forgotten before retention and erasure left a row of their own. */
import { wallTime } from '../../../../base/units.js';
import { coverForgotten } from '../../../journal/forgotten-rows.js';
import type { Sql } from '../../../sql-port.js';

export async function coverOldRows(sql: Sql): Promise<void> {
  const found = await sql.one<{ readonly rows: number }>(
    'SELECT count(*) AS rows FROM journal WHERE seal IS NOT NULL AND personal IS NULL',
  );
  const newest = await sql.one<{ readonly at: number }>(
    'SELECT at_ms AS at FROM journal ORDER BY seq DESC LIMIT 1',
  );
  if (found !== undefined && found.rows > 0)
    await coverForgotten(sql, 'before', found.rows, wallTime(newest?.at ?? 0));
}
