/**
 * Limits what a person's record may hold. The one place for these limits: every command checks them before it stores, and a
 * registrar before it publishes, because one record that a box refuses would keep its whole fleet from the next version.
 */
import { TwinstileError } from '../../base/errors.js';
import { ID_PATTERN } from '../../base/ids.js';
import { badgeKey, doublesAmong, MAX_NAME_LENGTH, readName } from '../../base/names.js';
import type { Consent, Person } from './person.js';

/** All inclusive, for one person. */
export const MAX_BADGES = 32;
export const MAX_TEMPLATES = 100;
export const MAX_GROUPS = 64;
/** Of the version of the text that was agreed to, in UTF-16 units. */
export const MAX_CONSENT_TEXT = 256;
/** ECMAScript's largest time, in ms before or after 1970. */
export const MAX_TIME = 8.64e15;

/** The group of all who are enrolled; no record may list it. */
const EVERYONE = 'everyone';

export interface RecordToCheck {
  readonly person: Person;
  /** What the person has after the change; absent: not asked about. */
  readonly badges?: readonly string[];
  /** How many the person has after the change; absent: not asked about. */
  readonly templates?: number;
}

export interface RecordProblem {
  readonly field: 'id' | 'name' | 'consent' | 'valid' | 'groups' | 'badges' | 'templates';
  /** "Expected X, got Y", without a full stop. */
  readonly text: string;
}

/** Everything that is wrong with a record; empty for one that may be stored and published. Never throws. */
export function problemsOfRecord({ person, badges, templates }: RecordToCheck): readonly RecordProblem[] {
  const { id, name, consent, groups = [] } = person;
  const problems: RecordProblem[] = [];
  const add = (field: RecordProblem['field'], expected: string, got: string) =>
    problems.push({ field, text: `Expected ${expected}, got ${got}` });

  if (!ID_PATTERN.test(id)) add('id', 'a person id of 1 to 64 letters, digits, . - or _', JSON.stringify(id));
  const read = readName(name);
  if (read.kind === 'refused')
    add('name', `a name of 1 to ${MAX_NAME_LENGTH} characters that can be printed`, read.got);
  if (consent !== undefined) problems.push(...problemsOfConsent(consent));
  problems.push(...problemsOfTimes(person));

  const bad = groups.find((group) => !ID_PATTERN.test(group) || group.toLowerCase() === EVERYONE);
  if (bad !== undefined) add('groups', 'names of groups', JSON.stringify(bad));
  if (groups.length > MAX_GROUPS) add('groups', `at most ${MAX_GROUPS} groups`, `${groups.length}`);
  if (new Set(groups).size < groups.length) add('groups', 'each group once', 'one twice');
  const [alike] = doublesAmong(groups);
  if (alike !== undefined) add('groups', 'one spelling of each group', alike.join(' and '));

  const strange = badges?.find((badge) => !ID_PATTERN.test(badge));
  if (strange !== undefined)
    add('badges', 'badges of 1 to 64 letters, digits, . - or _', JSON.stringify(strange));
  if (badges !== undefined && badges.length > MAX_BADGES)
    add('badges', `at most ${MAX_BADGES} badges`, `${badges.length}`);
  if (badges !== undefined && new Set(badges.map(badgeKey)).size < badges.length)
    add('badges', 'each badge once', 'one twice');
  if (templates !== undefined && !(templates <= MAX_TEMPLATES))
    add('templates', `at most ${MAX_TEMPLATES} photographs of one person`, `${templates}`);
  return problems;
}

/**
 * @param stored the record that is changed; what was wrong in it already is not refused again.
 * @throws TwinstileError 'enrolment-refused' with the first problem.
 */
export function expectRecord(record: RecordToCheck, stored?: Person): void {
  const before = stored === undefined ? [] : problemsOfRecord({ person: stored });
  const [first] = problemsOfRecord(record).filter(({ text }) => before.every((known) => known.text !== text));
  if (first === undefined) return;
  throw new TwinstileError({
    code: 'enrolment-refused',
    message: `${first.text} (${first.field} of ${JSON.stringify(record.person.id)}).`,
    hint: 'Correct it, then run the same command again; nothing was stored of this step.',
  });
}

/**
 * Reads the version of the text that was agreed to, as it is stored.
 * @returns undefined for what is no version: an empty one would be consent to nothing.
 */
export function readConsentText(text: string): string | undefined {
  const read = readName(text);
  return read.kind === 'name' && read.name.length <= MAX_CONSENT_TEXT ? read.name : undefined;
}

function problemsOfConsent({ textVersion, givenAt, until }: Consent): readonly RecordProblem[] {
  const problems: RecordProblem[] = [];
  if (readConsentText(textVersion) === undefined)
    problems.push({
      field: 'consent',
      text: `Expected the version of the text that was agreed to, 1 to ${MAX_CONSENT_TEXT} characters, got ${JSON.stringify(textVersion.slice(0, 64))}`,
    });
  if (!isTime(givenAt) || !(until === undefined || isTime(until)))
    problems.push({ field: 'consent', text: 'Expected times of consent, got something else' });
  return problems;
}

function problemsOfTimes({ validFrom, validUntil }: Person): readonly RecordProblem[] {
  if (!(validFrom === undefined || isTime(validFrom)) || !(validUntil === undefined || isTime(validUntil)))
    return [{ field: 'valid', text: 'Expected times of validity, got something else' }];
  if (validFrom === undefined || validUntil === undefined || validFrom < validUntil) return [];
  const [from, until] = [new Date(validFrom).toISOString(), new Date(validUntil).toISOString()];
  return [{ field: 'valid', text: `Expected an end after the beginning (${from}), got ${until}` }];
}

const isTime = (value: number): boolean => Number.isInteger(value) && Math.abs(value) <= MAX_TIME;
