/** Reads one row of a list of people, and names everything that is wrong with it. */
import { type BadgeId, badgeId, ID_PATTERN, personId } from '../../base/ids.js';
import { badgeKey, MAX_NAME_LENGTH, readBadgeText, readName } from '../../base/names.js';
import type { WallTime } from '../../base/units.js';
import type { Consent, Person } from '../../records/people/person.js';
import { problemsOfRecord, readConsentText } from '../../records/people/record-rules.js';
import { dateHint, readValidity, VALIDITY_FORMS } from './validity.js';

/** Columns of a list in the order of its template, each with what it holds. */
export const LIST_COLUMNS = {
  person:
    'id of the person: 1 to 64 letters, digits, . - or _; several rows of one id are several photographs',
  name: 'name as it is shown',
  photo: 'path of a photograph, from the folder of the list; empty for a person without one',
  badge: 'badges as the reader reports them, with blanks between several',
  groups: 'access groups, with blanks between several',
  valid_from: 'first day, as 2026-01-31 or 31.01.2026, or with a time',
  valid_until: 'last day, which counts to its end',
  consent: 'version of the text agreed to, "yes" for that of --consent-text, "no" or empty for none',
} as const;

export type ListColumn = keyof typeof LIST_COLUMNS;
export type ListFields = Readonly<Partial<Record<ListColumn, string>>>;

export interface ListInstant {
  /** When consent is given. */
  readonly now: WallTime;
  /** IANA time zone whose days its dates are. */
  readonly zone: string;
}

interface RowRules extends ListInstant {
  /** Of the command line: for all people if the list has no column `consent`. */
  readonly consent: Consent | undefined;
}

interface ReadRow {
  readonly person: Person;
  readonly badges: readonly BadgeId[];
  /** As it is written; empty for none. */
  readonly photo: string;
}

/** Something of a row that is wrong. */
export interface RowProblem {
  readonly expected: string;
  readonly got: string;
  readonly hint?: string;
}

/** @returns the row, or everything that is wrong with it. */
export function readRow(fields: ListFields, rules: RowRules): ReadRow | readonly RowProblem[] {
  const reader = new RowReader(fields, rules);
  const row = reader.row();
  return reader.problems.length === 0 ? row : reader.problems;
}

class RowReader {
  readonly problems: RowProblem[] = [];
  readonly #fields: ListFields;
  readonly #rules: RowRules;

  constructor(fields: ListFields, rules: RowRules) {
    this.#fields = fields;
    this.#rules = rules;
  }

  row(): ReadRow {
    const { person: id = '', photo = '' } = this.#fields;
    if (!ID_PATTERN.test(id)) this.#wrong('a person id of letters, digits, . - or _', quoted(id));
    const person: Person = {
      id: personId(id),
      name: this.#name(),
      consent: this.#consent(),
      validFrom: this.#validity('valid_from'),
      validUntil: this.#validity('valid_until'),
      groups: this.#groups(),
    };
    const badges = this.#badges();
    // Of a record that is wrong in its fields the rules would report the same again.
    const [problem] = this.problems.length === 0 ? problemsOfRecord({ person }) : [];
    if (problem !== undefined) this.#wrong('a record that can be stored', problem.text);
    return { person, badges, photo };
  }

  #name(): string {
    const read = readName(this.#fields.name ?? '');
    if (read.kind === 'name') return read.name;
    this.#wrong(`a name of 1 to ${MAX_NAME_LENGTH} characters that can be printed`, read.got);
    return '';
  }

  #consent(): Consent | undefined {
    const { consent: given, now } = this.#rules;
    const { consent: text } = this.#fields;
    if (text === undefined) return given;
    if (/^(no|none|0|false)?$/i.test(text)) return undefined;
    if (/^(yes|1|true)$/i.test(text)) {
      if (given === undefined)
        this.#wrong('the version of the text agreed to', `'${text}' without --consent-text VERSION`);
      return given;
    }
    const textVersion = readConsentText(text);
    if (textVersion !== undefined) return { textVersion, givenAt: now };
    this.#wrong('the version of the text agreed to', JSON.stringify(text.slice(0, 64)));
    return undefined;
  }

  #validity(column: 'valid_from' | 'valid_until'): WallTime | undefined {
    const text = this.#fields[column] ?? '';
    if (text === '') return undefined;
    const at = readValidity(text, column === 'valid_from' ? 'begin' : 'end', this.#rules.zone);
    if (at === undefined) this.#wrong(`${VALIDITY_FORMS}, as ${column}`, quoted(text), dateHint(text));
    return at;
  }

  #badges(): readonly BadgeId[] {
    const badges = new Map<string, BadgeId>();
    for (const one of partsOf(this.#fields.badge)) {
      const badge = readBadgeText(one);
      if (badge === undefined) this.#wrong('a badge of letters, digits, . - or _', quoted(one));
      else badges.set(badgeKey(badge), badgeId(badge));
    }
    return [...badges.values()];
  }

  #groups(): readonly string[] | undefined {
    const names = [...new Set(partsOf(this.#fields.groups))];
    for (const bad of names.filter((name) => !ID_PATTERN.test(name)))
      this.#wrong('a group of letters, digits, . - or _', quoted(bad));
    return names.length === 0 ? undefined : names;
  }

  #wrong(expected: string, got: string, hint?: string): void {
    this.problems.push({ expected, got, hint });
  }
}

const partsOf = (text = ''): readonly string[] => text.split(/\s+/).filter((part) => part !== '');

const quoted = (text: string): string => `'${text.slice(0, 64)}'`;
