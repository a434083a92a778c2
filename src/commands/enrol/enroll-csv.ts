/** The list of people of an import: all of it is read and checked before anybody is enrolled. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import { TwinstileError } from '../../base/errors.js';
import { type BadgeId, badgeId, ID_PATTERN, personId } from '../../base/ids.js';
import type { WallTime } from '../../base/units.js';
import type { Consent, Person } from '../../gallery/person.js';
import { readFrom, readUntil } from './enroll-dates.js';

export interface EnrolRow {
  readonly person: Person;
  readonly badges: readonly BadgeId[];
  /** Absolute; relative ones in the list are taken from its folder. */
  readonly photo: string;
}

export interface ListMoment {
  /** When consent is given. */
  readonly now: WallTime;
  /** IANA time zone whose days its dates are. */
  readonly zone: string;
}

const NEEDED = ['person', 'name', 'photo'];
const COLUMNS = [...NEEDED, 'badge', 'valid_from', 'valid_until', 'consent', 'groups'];
/** A longer line is no list. */
const LONGEST_ROW = 100_000;

type Fields = Readonly<Record<string, string>>;
interface Item {
  readonly record: Fields;
  readonly info: { readonly lines: number };
}

/**
 * CSV in UTF-8, with or without byte order mark, separated by commas or semicolons. `badge` may hold several, separated
 * by spaces, and so may `groups`. `consent` is the version of the text agreed to, "yes" for the one of the command line, or empty or "no".
 *
 * @param consent of the command line: for everybody if the list has no column `consent`.
 * @throws TwinstileError 'bad-arguments' with the line that is wrong.
 */
export async function readEnrolList(
  file: string,
  consent: Consent | undefined,
  { now, zone }: ListMoment,
): Promise<readonly EnrolRow[]> {
  const rows: EnrolRow[] = [];
  try {
    const parser = parse({
      bom: true,
      delimiter: await delimiterOf(file),
      trim: true,
      skip_empty_lines: true,
      info: true,
      max_record_size: LONGEST_ROW,
      columns: (header: readonly string[]) => checkHeader(header, file),
    });
    await pipeline(createReadStream(file), parser, async (items: AsyncIterable<Item>) => {
      for await (const { record, info } of items)
        rows.push(readRow(record, `line ${info.lines} of ${file}`, { file, consent, now, zone }));
    });
  } catch (cause) {
    if (cause instanceof TwinstileError) throw cause;
    throw unfit(`a CSV list at ${file}`, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (rows.length === 0) throw unfit(`people in ${file}`, 'an empty list');
  return rows;
}

/** Spreadsheets of half the world write semicolons; the header says which it is. */
async function delimiterOf(file: string): Promise<',' | ';'> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1000), 0, 1000, 0);
    const [header = ''] = buffer.toString('utf8', 0, bytesRead).split(/[\r\n]/);
    return header.includes(';') ? ';' : ',';
  } finally {
    await handle.close();
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

interface Surroundings extends ListMoment {
  readonly file: string;
  readonly consent: Consent | undefined;
}

function readRow(fields: Fields, where: string, { file, consent, now, zone }: Surroundings): EnrolRow {
  const { person: id = '', name = '', photo = '', badge = '', groups = '' } = fields;
  const { valid_from = '', valid_until = '' } = fields;
  if (!ID_PATTERN.test(id)) throw unfit(`a person id of letters, digits, . - or _ in ${where}`, `'${id}'`);
  if (name === '' || photo === '') throw unfit(`a name and a photo in ${where}`, 'an empty field');
  const given = fields.consent === undefined ? consent : consentOf(fields.consent, where, consent, now);
  return {
    person: {
      id: personId(id),
      name,
      ...(given === undefined ? {} : { consent: given }),
      ...(valid_from === '' ? {} : { validFrom: readFrom(valid_from, { where, zone }) }),
      ...(valid_until === '' ? {} : { validUntil: readUntil(valid_until, { where, zone }) }),
      ...(groups === '' ? {} : { groups: namesIn(groups, 'group', where) }),
    },
    badges: namesIn(badge, 'badge', where).map(badgeId),
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
  if (!/^(yes|1|true)$/i.test(text)) return { textVersion: text, givenAt: now };
  if (consent !== undefined) return consent;
  throw unfit(`the version of the text agreed to in ${where}`, `'${text}' without --consent-text VERSION`);
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
    ...(cause === undefined ? {} : { cause }),
  });
