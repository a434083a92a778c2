/** Deletes the personal part of journal rows; the chain still verifies, because it covers only a salted hash of that part. */
import type { BadgeId, PersonId } from '../../base/ids.js';
import type { Sql } from '../sql-port.js';

/** @returns how many rows it were. */
export function forgetRowsOf(
  sql: Sql,
  people: readonly PersonId[],
  badges: readonly BadgeId[],
): Promise<number> {
  const [person, badge] = [sql.field('personal', 'person'), sql.field('personal', 'badge')];
  return sql.run(
    `UPDATE journal SET personal = NULL, salt = NULL
      WHERE personal IS NOT NULL AND (${sql.among(person)} OR ${sql.among(badge)})`,
    JSON.stringify(people),
    JSON.stringify(badges),
  );
}
