/**
 * Finds the erasures that a database contains, and the people whom its other rows are about. Each erasure leaves a row in the
 * journal, named by its receipt: a database restored from before it has no such row.
 */
import type { PersonId } from '../../base/ids.js';
import type { WallTime } from '../../base/units.js';
import type { Actor } from '../journal/act.js';
import type { JournalEntry } from '../journal/journal.js';
import { connect } from '../sql/sqlite/sqlite-connection.js';
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

/** Finds the columns that contain an id, whatever the tables are. @returns "table.column" where a value is one of these, or holds one as a JSON string. */
export async function columnsMentioning(sql: Sql, words: readonly string[]): Promise<readonly string[]> {
  const columns = await sql.all<{
    readonly place: string;
    readonly tableName: string;
    readonly columnName: string;
  }>(
    `SELECT t.name || '.' || c.name AS place, t.name AS tableName, c.name AS columnName
       FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
      WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY place`,
  );
  const places: string[] = [];
  for (const { place, tableName, columnName } of columns) {
    // Names of our own schema, not from outside.
    const column = `held."${columnName}"`;
    const found = await sql.one(
      `SELECT 1 FROM "${tableName}" AS held JOIN json_each(?) AS word
        WHERE typeof(${column}) = 'text'
          AND (${column} = word.value OR instr(${column}, '"' || word.value || '"') > 0) LIMIT 1`,
      JSON.stringify(words),
    );
    if (found !== undefined) places.push(place);
  }
  return places;
}

/** Whether a file of any version names the person; the file stays as it is. @throws TwinstileError 'gallery-unusable'. */
export async function isMentionedInFile(file: string, person: PersonId): Promise<boolean> {
  const connection = await connect(file);
  try {
    const columns = await connection.all<{ readonly name: string }>(
      `SELECT name FROM pragma_table_info('journal') WHERE name IN ('body', 'personal')`,
    );
    const named = [
      'SELECT 1 FROM people WHERE id = ?1',
      ...columns.map(({ name }) => `SELECT 1 FROM journal WHERE json_extract(${name}, '$.person') = ?1`),
      `SELECT 1 FROM outbox WHERE json_valid(payload) AND json_extract(payload, '$.person') = ?1`,
    ];
    for (const sql of named) if ((await connection.one(`${sql} LIMIT 1`, person)) !== undefined) return true;
    return false;
  } finally {
    await connection.close();
  }
}
