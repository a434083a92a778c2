/** Reads the list of people of an import: all of it is checked before the first is enrolled, and all that is wrong is named. */
import path from 'node:path';
import { type CsvRow, csvRows } from '../../base/csv-rows.js';
import { TwinstileError } from '../../base/errors.js';
import type { BadgeId } from '../../base/ids.js';
import { badgeKey, escapeForbidden, idKey } from '../../base/names.js';
import { systemReason } from '../../base/system-error.js';
import { readUtf8, SAVE_AS_UTF8 } from '../../base/utf8.js';
import { readPlainFile } from '../../platform/plain-file.js';
import type { Consent, Person } from '../../records/people/person.js';
import { MAX_BADGES } from '../../records/people/record-rules.js';
import { nearestIds } from '../person-lines.js';
import {
  LIST_COLUMNS,
  type ListColumn,
  type ListFields,
  type ListInstant,
  type RowProblem,
  readRow,
} from './list-row.js';

export interface EnrollmentRow {
  readonly person: Person;
  readonly badges: readonly BadgeId[];
  /** Absolute; relative ones in the list are taken from its folder. Absent: a record without a photograph. */
  readonly photo?: string;
  readonly line: number;
}

const NEEDED: readonly ListColumn[] = ['person', 'name', 'photo'];
const COLUMNS = Object.keys(LIST_COLUMNS) as readonly ListColumn[];
/** A list of 100,000 people takes 10 MB. */
const MAX_LIST = 256 * 1024 * 1024;
/** More would push the first of them off the screen. */
const MAX_NAMED = 50;

/**
 * CSV in UTF-8, with or without byte order mark, separated by commas, semicolons, tabs or what a first line `sep=` names. What
 * the columns hold is in LIST_COLUMNS.
 *
 * @param consent of the command line: for all people if the list has no column `consent`.
 * @throws TwinstileError 'bad-arguments' with each line that is wrong and why.
 */
export async function readEnrollmentList(
  file: string,
  consent: Consent | undefined,
  instant: ListInstant,
): Promise<readonly EnrollmentRow[]> {
  const rules = { ...instant, consent };
  const { text, delimiter, skipped } = withDelimiter(await readList(file));
  const mistakes = new Mistakes(file);
  const known = new ListNames();
  const rows: EnrollmentRow[] = [];
  let header: Header | undefined;
  for (const row of csvRows(text, delimiter)) {
    const line = row.line + skipped;
    if (row.kind === 'row' && row.cells.every((cell) => cell === '')) continue;
    header ??= headerOf(row, line, file);
    if (header.line === line) continue;
    const fields = fieldsOf(row, header);
    const read = isProblems(fields) ? fields : readRow(fields, rules);
    const problems = isProblems(read) ? read : known.take(read, line);
    mistakes.add(line, problems);
    if (isProblems(read) || problems.length > 0) continue;
    const { person, badges, photo } = read;
    const place = photo === '' ? undefined : path.resolve(path.dirname(file), photo);
    rows.push({ person, badges, photo: place, line });
  }
  mistakes.expectNone();
  if (rows.length === 0) throw unfit(`people in ${file}`, 'an empty list');
  return rows;
}

async function readList(file: string): Promise<string> {
  const bytes = await readPlainFile(file, { maxBytes: MAX_LIST, refuse: unfit }).catch((cause) => {
    const reason = systemReason(cause);
    if (reason === undefined) throw cause;
    throw unfit(`a CSV list at ${file}`, reason.got, reason.todo);
  });
  const read = readUtf8(bytes);
  if (read.kind === 'text') return read.text;
  throw unfit(`UTF-8 in line ${read.line} of ${file}`, read.got, SAVE_AS_UTF8);
}

interface Separated {
  readonly text: string;
  readonly delimiter: string;
  /** Lines before the text. */
  readonly skipped: number;
}

/** Spreadsheets of many countries write semicolons, or name the separator in a first line; else the header shows it. */
function withDelimiter(text: string): Separated {
  const [named, given] = /^"?sep=([^\r\n"])"?[;,\t]*(?:\r\n|\r|\n)/i.exec(text) ?? [];
  if (named !== undefined && given !== undefined)
    return { text: text.slice(named.length), delimiter: given, skipped: 1 };
  const [header = ''] = text.slice(0, 1000).split(/[\r\n]/);
  const delimiter = [';', '\t'].find((one) => header.includes(one)) ?? ',';
  return { text, delimiter, skipped: 0 };
}

interface Header {
  readonly line: number;
  /** Undefined for a column without a name, which has to be empty. */
  readonly columns: readonly (ListColumn | undefined)[];
}

function headerOf(row: CsvRow, line: number, file: string): Header {
  if (row.kind === 'fault') throw unfit(`names of columns in line ${line} of ${file}`, row.got);
  const names = row.cells.map((name) => name.toLowerCase());
  const missing = NEEDED.filter((name) => !names.includes(name));
  if (missing.length > 0)
    throw unfit(`the columns ${NEEDED.join(', ')} in line ${line} of ${file}`, shown(names), TEMPLATE);
  const strange = names.filter((name) => name !== '' && !isColumn(name));
  if (strange.length > 0) {
    const near = strange.flatMap((name) => nearestIds(name, COLUMNS));
    const hint = near.length === 0 ? TEMPLATE : `Nearest: ${near.join(', ')}. ${TEMPLATE}`;
    throw unfit(`only the columns ${COLUMNS.join(', ')} in ${file}`, shown(strange), hint);
  }
  const twice = names.find((name, at) => name !== '' && names.indexOf(name) < at);
  if (twice !== undefined) throw unfit(`each column once in line ${line} of ${file}`, `'${twice}' twice`);
  return { line, columns: names.map((name) => (isColumn(name) ? name : undefined)) };
}

const TEMPLATE = 'A list to begin with: twinstile enroll --csv-template people.csv';
const isColumn = (name: string): name is ListColumn => COLUMNS.some((column) => column === name);
const shown = (names: readonly string[]): string =>
  names
    .map((name) => escapeForbidden(name))
    .join(', ')
    .slice(0, 200);

/** Spreadsheets write empty columns behind the last one; anything in them has no name. */
function fieldsOf(row: CsvRow, { columns }: Header): ListFields | readonly RowProblem[] {
  if (row.kind === 'fault') return [{ expected: 'a row of CSV', got: row.got }];
  const { cells } = row;
  const extra = cells.findIndex((cell, at) => cell !== '' && columns[at] === undefined);
  if (cells.length < columns.filter((name) => name !== undefined).length || extra !== -1) {
    const expected = `${columns.length} fields (one with a comma in it goes in quotes)`;
    return [{ expected, got: `${extra === -1 ? cells.length : Math.max(extra + 1, cells.length)}` }];
  }
  return Object.fromEntries(columns.flatMap((name, at) => (name === undefined ? [] : [[name, cells[at]]])));
}

const isProblems = (read: unknown): read is readonly RowProblem[] => Array.isArray(read);

/** Names that mean the same in one list are written one way, and a badge is one person's. */
class ListNames {
  readonly #people = new Map<string, { readonly id: string; readonly name: string; readonly line: number }>();
  readonly #badges = new Map<string, { readonly id: string; readonly line: number }>();
  readonly #badgesOf = new Map<string, Set<string>>();

  /** @returns what contradicts the rows before. */
  take(
    { person: { id, name }, badges }: Pick<EnrollmentRow, 'person' | 'badges'>,
    line: number,
  ): readonly RowProblem[] {
    const problems: RowProblem[] = [];
    const before = this.#people.get(idKey(id));
    if (before !== undefined && before.id !== id)
      problems.push({
        expected: 'one spelling of each person id',
        got: `'${id}', which is '${before.id}' in line ${before.line}`,
      });
    else if (before !== undefined && before.name !== name)
      problems.push({
        expected: 'one name of each person',
        got: `'${name}', which is '${before.name}' in line ${before.line}`,
      });
    else this.#people.set(idKey(id), { id, name, line });
    const own = this.#badgesOf.get(id) ?? new Set<string>();
    for (const badge of badges) {
      const holder = this.#badges.get(badgeKey(badge));
      if (holder !== undefined && holder.id !== id)
        problems.push({
          expected: 'a badge of one person',
          got: `'${badge}', which ${holder.id} has in line ${holder.line}`,
        });
      else this.#badges.set(badgeKey(badge), { id, line });
      own.add(badgeKey(badge));
    }
    if (own.size > MAX_BADGES)
      problems.push({ expected: `at most ${MAX_BADGES} badges of one person`, got: `${own.size}` });
    this.#badgesOf.set(id, own);
    return problems;
  }
}

/** Gathers what is wrong in a list, so that it is mended in one go. */
class Mistakes {
  readonly #file: string;
  readonly #first: { readonly line: number; readonly problem: RowProblem }[] = [];
  #count = 0;

  constructor(file: string) {
    this.#file = file;
  }

  add(line: number, problems: readonly RowProblem[]): void {
    this.#count += problems.length;
    for (const problem of problems) if (this.#first.length < MAX_NAMED) this.#first.push({ line, problem });
  }

  /** @throws TwinstileError 'bad-arguments'. */
  expectNone(): void {
    const [only] = this.#first;
    if (only === undefined) return;
    const hints = [...new Set(this.#first.flatMap(({ problem: { hint } }) => hint ?? []))];
    const hint = [...hints, CORRECT].join(' ');
    if (this.#count === 1) {
      const { expected, got } = only.problem;
      throw unfit(`${expected} in line ${only.line} of ${this.#file}`, escapeForbidden(got), hint);
    }
    const lines = this.#first.map(
      ({ line, problem: { expected, got } }) =>
        `\n  line ${line}: expected ${expected}, got ${escapeForbidden(got)}`,
    );
    const rest = this.#count > lines.length ? `\n  and ${this.#count - lines.length} more` : '';
    throw unfit(
      `a list without mistakes at ${this.#file}`,
      `${this.#count}:${lines.join('')}${rest}\n`,
      hint,
    );
  }
}

const CORRECT = 'Correct the list; nobody was enrolled yet.';

const unfit = (expected: string, got: string, hint = CORRECT): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected ${expected}, got ${got}${got.endsWith('\n') ? '' : '.'}`,
    hint,
  });
