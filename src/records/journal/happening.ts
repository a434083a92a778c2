/** Puts together what belongs to a row of the journal: what the gate answered, who walked through, and the person's name. */
import type { Tables } from '../sql-port.js';
import { journalRowOf, ROW_COLUMNS, type StoredRow } from './append.js';
import type { JournalRow } from './journal.js';

export interface Happening {
  readonly row: JournalRow;
  /** Body of the newest row of outcome: how a grant or a command ended. Absent: not known yet. */
  readonly outcome?: JournalRow['body'];
  /** Outcomes of the passage sensor, in their order; empty for none. */
  readonly passages: readonly string[];
  /** Of the person, as enrolled now; absent for one who is not, and for a row about no person. */
  readonly name?: string;
}

/** A passage follows its grant within seconds: it is looked for in so many rows after it. */
const PASSAGE_WITHIN = 5000;

/**
 * Reads what belongs to the rows of one page.
 * @param rows at most some thousand. @returns one for each, in their order.
 */
export async function happeningsOf(
  tables: Pick<Tables, 'survey'>,
  rows: readonly JournalRow[],
): Promise<readonly Happening[]> {
  const subjects = JSON.stringify(
    rows.filter(({ kind }) => kind === 'decision' || kind === 'command').map(({ subject }) => subject),
  );
  const numbers = rows.map(({ seq }) => seq);
  const [first, last] = [numbers.reduce(smaller, Number.MAX_SAFE_INTEGER), numbers.reduce(larger, 0)];
  const { followed, names } = await tables.survey(async (sql) => ({
    followed: [
      ...(await sql.all<StoredRow>(
        `SELECT ${ROW_COLUMNS} FROM journal WHERE kind = 'outcome' AND ${sql.among('subject')} ORDER BY seq`,
        subjects,
      )),
      ...(await sql.all<StoredRow>(
        `SELECT ${ROW_COLUMNS} FROM journal
          WHERE kind = 'passage' AND seq > ? AND seq < ? AND ${sql.among('subject')} ORDER BY seq`,
        first,
        last + PASSAGE_WITHIN,
        subjects,
      )),
    ].map(journalRowOf),
    names: await sql.all<{ readonly id: string; readonly name: string }>(
      `SELECT id, name FROM people WHERE ${sql.among('id')}`,
      JSON.stringify([...new Set(rows.flatMap(({ body }) => idOf(body.person)))]),
    ),
  }));
  const nameOf = new Map(names.map(({ id, name }) => [id, name]));
  const of = new Map<string, JournalRow[]>();
  for (const row of followed) of.set(row.subject, [...(of.get(row.subject) ?? []), row]);
  return rows.map((row) => {
    const own = of.get(row.subject) ?? [];
    return {
      row,
      outcome: own.findLast(({ kind }) => kind === 'outcome')?.body,
      passages: own.flatMap(({ kind, body }) => (kind === 'passage' ? idOf(body.outcome) : [])),
      name: typeof row.body.person === 'string' ? nameOf.get(row.body.person) : undefined,
    };
  });
}

const idOf = (value: unknown): readonly string[] => (typeof value === 'string' ? [value] : []);
const smaller = (a: number, b: number): number => Math.min(a, b);
const larger = (a: number, b: number): number => Math.max(a, b);
