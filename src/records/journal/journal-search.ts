/** Searches the journal by time, lane, person, verdict and reason, page by page. */
import { idKey } from '../../base/names.js';
import type { WallTime } from '../../base/units.js';
import type { Sql, Tables, Value } from '../sql-port.js';
import { journalRowOf, ROW_COLUMNS, type StoredRow } from './append.js';
import type { JournalEntry, JournalRow } from './journal.js';

/** All that are given must hold; an absent one holds for every row. */
export interface JournalFilter {
  readonly kinds?: readonly JournalEntry['kind'][];
  /** Inclusive. */
  readonly since?: WallTime;
  /** Exclusive. */
  readonly until?: WallTime;
  /** Compared as ids are, whichever way they are written. */
  readonly lanes?: readonly string[];
  readonly people?: readonly string[];
  readonly verdict?: 'granted' | 'refused';
  /** Codes: one of them. */
  readonly reasons?: readonly string[];
}

interface Page {
  readonly limit: number;
  /** Number of a row, exclusive: with it the newest come first. */
  readonly before?: number;
  /** Number of a row, exclusive: with it the oldest come first. */
  readonly after?: number;
}

/**
 * Returns the rows that match, newest first, or oldest first where `after` is given. Reads in pages, so that other work goes on.
 */
export async function searchJournal(
  tables: Pick<Tables, 'survey'>,
  filter: JournalFilter,
  { limit, before, after }: Page,
): Promise<readonly JournalRow[]> {
  const rows = await tables.survey((sql) => {
    const wanted = new Conditions();
    if (before !== undefined) wanted.add('seq < ?', before);
    if (after !== undefined) wanted.add('seq > ?', after);
    addFilter(wanted, filter, sql);
    const order = after === undefined ? 'DESC' : 'ASC';
    return sql.all<StoredRow>(
      `SELECT ${ROW_COLUMNS} FROM journal WHERE ${wanted.text} ORDER BY seq ${order} LIMIT ?`,
      ...wanted.values,
      limit,
    );
  });
  return rows.map(journalRowOf);
}

/**
 * Cheap ones first: a row outside of the time is not taken apart. Written so that no index but that of the numbers serves:
 * by another one, each page would sort all that match.
 */
function addFilter(wanted: Conditions, filter: JournalFilter, sql: Sql): void {
  const { kinds, since, until, lanes, people, verdict, reasons } = filter;
  if (since !== undefined) wanted.add('at_ms + 0 >= ?', since);
  if (until !== undefined) wanted.add('at_ms + 0 < ?', until);
  if (kinds !== undefined) wanted.add(sql.among("(kind || '')"), JSON.stringify(kinds));
  if (verdict !== undefined) wanted.add(`${sql.field('body', 'verdict')} = ?`, verdict);
  if (reasons !== undefined) wanted.add(sql.among(sql.field('body', 'reason')), JSON.stringify(reasons));
  if (lanes !== undefined) wanted.add(sql.among(`lower(${sql.field('body', 'lane')})`), keysOf(lanes));
  if (people !== undefined)
    wanted.add(sql.among(`lower(${sql.field('personal', 'person')})`), keysOf(people));
}

const keysOf = (ids: readonly string[]): string => JSON.stringify(ids.map(idKey));

class Conditions {
  readonly values: Value[] = [];
  readonly #texts: string[] = ['1 = 1'];

  add(text: string, value: Value): void {
    this.#texts.push(text);
    this.values.push(value);
  }

  get text(): string {
    return this.#texts.join(' AND ');
  }
}

/** Returns the row of a number, or all rows of a subject, oldest first; empty for neither. */
export async function rowsAbout(
  tables: Pick<Tables, 'survey'>,
  wanted: string,
): Promise<readonly JournalRow[]> {
  const [column, value] = /^\d{1,15}$/.test(wanted) ? ['seq', Number(wanted)] : ['subject', wanted];
  const rows = await tables.survey((sql) =>
    sql.all<StoredRow>(`SELECT ${ROW_COLUMNS} FROM journal WHERE ${column} = ? ORDER BY seq`, value),
  );
  return rows.map(journalRowOf);
}
