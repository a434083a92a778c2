/** Reads the list of people of an import: all of it is checked before the first is enrolled. */
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import { TwinstileError } from '../../base/errors.js';
import { type BadgeId, badgeId, ID_PATTERN, personId } from '../../base/ids.js';
import { dayAfter, instantOf, isDate } from '../../base/local-time.js';
import { badgeKey, idKey, readBadgeText, readName } from '../../base/names.js';
import { type WallTime, wallTime } from '../../base/units.js';
import { readUtf8, SAVE_AS_UTF8 } from '../../base/utf8.js';
import { readPlainFile } from '../../platform/plain-file.js';
import type { Consent, Person } from '../../records/people/person.js';
import { MAX_BADGES, problemsOfRecord, readConsentText } from '../../records/people/record-rules.js';

export interface EnrollmentRow {
  readonly person: Person;
  readonly badges: readonly BadgeId[];
  /** Absolute; relative ones in the list are taken from its folder. */
  readonly photo: string;
}

export interface ListInstant {
  /** When consent is given. */
  readonly now: WallTime;
  /** IANA time zone whose days its dates are. */
  readonly zone: string;
}

const NEEDED = ['person', 'name', 'photo'];
const COLUMNS = [...NEEDED, 'badge', 'valid_from', 'valid_until', 'consent', 'groups'];
/** A longer line is no list. */
const MAX_ROW = 100_000;
/** A list of 100,000 people takes 10 MB. */
const MAX_LIST = 256 * 1024 * 1024;

type Fields = Readonly<Record<string, string>>;
interface Item {
  readonly record: Fields;
  readonly info: { readonly lines: number };
}

/**
 * CSV in UTF-8, with or without byte order mark, separated by commas or semicolons. `badge` may hold several, separated
 * by spaces, and so may `groups`. `consent` is the version of the text agreed to, "yes" for the one of the command line, or empty or "no".
 *
 * @param consent of the command line: for all people if the list has no column `consent`.
 * @throws TwinstileError 'bad-arguments' with the line that is wrong.
 */
export async function readEnrollmentList(
  file: string,
  consent: Consent | undefined,
  { now, zone }: ListInstant,
): Promise<readonly EnrollmentRow[]> {
  const rows: EnrollmentRow[] = [];
  const known = new ListNames();
  const text = await readList(file);
  try {
    const parser = parse({
      bom: true,
      delimiter: delimiterOf(text),
      trim: true,
      skip_empty_lines: true,
      info: true,
      max_record_size: MAX_ROW,
      columns: (header: readonly string[]) => checkHeader(header, file),
    });
    await pipeline(Readable.from([text]), parser, async (items: AsyncIterable<Item>) => {
      for await (const { record, info } of items) {
        const where = `line ${info.lines} of ${file}`;
        const row = readRow(record, where, { file, consent, now, zone });
        known.take(row, where);
        rows.push(row);
      }
    });
  } catch (cause) {
    if (cause instanceof TwinstileError) throw cause;
    throw unfit(`a CSV list at ${file}`, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (rows.length === 0) throw unfit(`people in ${file}`, 'an empty list');
  return rows;
}

async function readList(file: string): Promise<string> {
  const bytes = await readPlainFile(file, { maxBytes: MAX_LIST, refuse: unfit }).catch((cause) => {
    if (cause instanceof TwinstileError) throw cause;
    throw unfit(`a CSV list at ${file}`, cause instanceof Error ? cause.message : String(cause), cause);
  });
  const read = readUtf8(bytes);
  if (read.kind === 'text') return read.text;
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected UTF-8 in line ${read.line} of ${file}, got ${read.got}.`,
    hint: SAVE_AS_UTF8,
  });
}

/** Spreadsheets of many countries write semicolons; the header shows which it is. */
function delimiterOf(text: string): ',' | ';' {
  const [header = ''] = text.slice(0, 1000).split(/[\r\n]/);
  return header.includes(';') ? ';' : ',';
}

/** Names that mean the same in one list are written one way, and a badge is one person's. */
class ListNames {
  readonly #ids = new Map<string, { readonly id: string; readonly where: string }>();
  readonly #badges = new Map<string, { readonly id: string; readonly where: string }>();
  readonly #badgesOf = new Map<string, Set<string>>();

  take({ person: { id }, badges }: EnrollmentRow, where: string): void {
    const before = this.#ids.get(idKey(id));
    if (before !== undefined && before.id !== id)
      throw unfit(
        `one spelling of each person id in ${where}`,
        `'${id}', which is '${before.id}' in ${before.where}`,
      );
    this.#ids.set(idKey(id), { id, where });
    const own = this.#badgesOf.get(id) ?? new Set<string>();
    for (const badge of badges) {
      const key = badgeKey(badge);
      const holder = this.#badges.get(key);
      if (holder !== undefined && holder.id !== id)
        throw unfit(
          `a badge of one person in ${where}`,
          `'${badge}', which ${holder.id} has in ${holder.where}`,
        );
      this.#badges.set(key, { id, where });
      own.add(key);
    }
    if (own.size > MAX_BADGES)
      throw unfit(`at most ${MAX_BADGES} badges of one person in ${where}`, `${own.size}`);
    this.#badgesOf.set(id, own);
  }
}

function checkHeader(header: readonly string[], file: string): string[] {
  const names = header.map((name) => name.trim().toLowerCase());
  const missing = NEEDED.filter((name) => !names.includes(name));
  if (missing.length > 0)
    throw unfit(`the columns ${NEEDED.join(', ')} in line 1 of ${file}`, names.join(', '));
  const strange = names.filter((name) => !COLUMNS.includes(name));
  if (strange.length > 0)
    throw unfit(`only the columns ${COLUMNS.join(', ')} in ${file}`, strange.join(', '));
  return names;
}

interface EnrollCsvDependencies extends ListInstant {
  readonly file: string;
  readonly consent: Consent | undefined;
}

function readRow(
  fields: Fields,
  where: string,
  { file, consent, now, zone }: EnrollCsvDependencies,
): EnrollmentRow {
  const { person: id = '', name = '', photo = '', badge = '', groups = '' } = fields;
  const { valid_from = '', valid_until = '' } = fields;
  if (!ID_PATTERN.test(id)) throw unfit(`a person id of letters, digits, . - or _ in ${where}`, `'${id}'`);
  if (name === '' || photo === '') throw unfit(`a name and a photo in ${where}`, 'an empty field');
  const read = readName(name);
  if (read.kind === 'refused') throw unfit(`a name of characters that can be printed in ${where}`, read.got);
  const given = fields.consent === undefined ? consent : consentOf(fields.consent, where, consent, now);
  const person: Person = {
    id: personId(id),
    name: read.name,
    consent: given,
    validFrom: valid_from === '' ? undefined : readFrom(valid_from, { where, zone }),
    validUntil: valid_until === '' ? undefined : readUntil(valid_until, { where, zone }),
    groups: groups === '' ? undefined : namesIn(groups, 'group', where),
  };
  const [problem] = problemsOfRecord({ person });
  if (problem !== undefined) throw unfit(`a record that can be stored in ${where}`, problem.text);
  return {
    person,
    badges: badgesIn(badge, where),
    photo: path.resolve(path.dirname(file), photo),
  };
}

function consentOf(
  text: string,
  where: string,
  consent: Consent | undefined,
  now: WallTime,
): Consent | undefined {
  if (/^(no|none|0|false)?$/i.test(text)) return undefined;
  if (!/^(yes|1|true)$/i.test(text)) {
    const textVersion = readConsentText(text);
    if (textVersion !== undefined) return { textVersion, givenAt: now };
    throw unfit(`the version of the text agreed to in ${where}`, JSON.stringify(text.slice(0, 64)));
  }
  if (consent !== undefined) return consent;
  throw unfit(`the version of the text agreed to in ${where}`, `'${text}' without --consent-text VERSION`);
}

function badgesIn(text: string, where: string): readonly BadgeId[] {
  const badges = new Map<string, BadgeId>();
  for (const one of text.split(/\s+/).filter((part) => part !== '')) {
    const badge = readBadgeText(one);
    if (badge === undefined) throw unfit(`a badge of letters, digits, . - or _ in ${where}`, `'${one}'`);
    badges.set(badgeKey(badge), badgeId(badge));
  }
  return [...badges.values()];
}

function namesIn(text: string, what: string, where: string): readonly string[] {
  const names = [...new Set(text.split(/\s+/))].filter((name) => name !== '');
  const bad = names.find((name) => !ID_PATTERN.test(name));
  if (bad === undefined) return names;
  throw unfit(`a ${what} of letters, digits, . - or _ in ${where}`, `'${bad}'`);
}

const unfit = (expected: string, got: string, cause?: unknown): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'Correct the list; nobody was enrolled yet.',
    cause,
  });

/** Reads from when until when a person is let in. A date without a time is a day of the site, whatever the zone of this process. */
const MOMENT = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:\d{2})?$/;

/** Where a date was read, for the message, and the IANA time zone of its days. */
interface DatePlace {
  readonly where: string;
  readonly zone: string;
}

/** "2026-01-31" is the beginning of that day. @throws TwinstileError 'bad-arguments'. */
export const readFrom = (text: string, place: DatePlace): WallTime => read(text, place, (date) => date);

/** "2026-01-31" is the end of that day, so that the last day counts. @throws TwinstileError 'bad-arguments'. */
export const readUntil = (text: string, place: DatePlace): WallTime => read(text, place, dayAfter);

function read(text: string, { where, zone }: DatePlace, dayOf: (date: string) => string): WallTime {
  if (isDate(text)) return instantOf(zone, dayOf(text));
  const [, date = '', hour = '', minute = '', second = '00', offset] = MOMENT.exec(text) ?? [];
  if (isDate(date) && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60) {
    if (offset !== undefined) return wallTime(Date.parse(`${date}T${hour}:${minute}:${second}${offset}`));
    return wallTime(instantOf(zone, date, Number(hour) * 60 + Number(minute)) + Number(second) * 1000);
  }
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected a date as 2026-01-31 or 2026-01-31T18:00 for ${where}, got '${text}'.`,
    hint: 'Correct it, then run the same command again.',
  });
}
