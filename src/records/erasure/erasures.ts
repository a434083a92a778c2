/**
 * Finds the erasures that a database contains, and the people whom the others are about. Each erasure leaves a row in the
 * journal, named by its receipt: a database restored from before it has no such row.
 */
import type { PersonId } from '../../base/ids.js';
import type { WallTime } from '../../base/units.js';
import type { Actor } from '../journal/act.js';
import type { JournalEntry } from '../journal/journal.js';
import type { Sql } from '../sql-port.js';

/** @param receipt its name, which does not reveal the person. @param actor who erased; absent: the box itself. */
export const erasureEntry = (
  receipt: string,
  at: WallTime,
  notice: 'erased' | 'erased-again',
  actor?: Actor,
): JournalEntry => ({
  kind: 'notice',
  subject: receipt,
  at,
  body: { notice, ...actor },
});

export async function erasuresIn(sql: Sql): Promise<ReadonlySet<string>> {
  const rows = await sql.all<{ readonly subject: string }>(
    `SELECT subject FROM journal
      WHERE kind = 'notice' AND json_extract(body, '$.notice') IN ('erased', 'erased-again')`,
  );
  return new Set(rows.map(({ subject }) => subject));
}

/** Whether the journal has this very row. */
export async function hasRow(
  sql: Sql,
  { seq, hash }: { readonly seq: number; readonly hash: string },
): Promise<boolean> {
  return (await sql.one('SELECT 1 FROM journal WHERE seq = ? AND hash = ?', seq, hash)) !== undefined;
}

/** All people who are named: enrolled, in the journal, or in the outbox. */
export async function peopleNamed(sql: Sql): Promise<readonly PersonId[]> {
  const rows = await sql.all<{ readonly id: PersonId | null }>(
    `SELECT id FROM people
      UNION SELECT json_extract(personal, '$.person') FROM journal WHERE personal IS NOT NULL
      UNION SELECT json_extract(payload, '$.person') FROM outbox WHERE json_valid(payload)`,
  );
  return rows.flatMap(({ id }) => (typeof id === 'string' ? [id] : []));
}
