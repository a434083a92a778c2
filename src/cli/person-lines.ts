/** Formats a person as lines for the office. */

import { TwinstileError } from '../base/errors.js';
import { type ModelDigest, personId } from '../base/ids.js';
import { dayAfter, dayBefore, instantOf, localClock } from '../base/local-time.js';
import { escapeForbidden } from '../base/names.js';
import { countPeople, plural } from '../base/plural.js';
import type { WallTime } from '../base/units.js';
import type { Enrolled } from '../records/people/gallery-store.js';
import type { Consent } from '../records/people/person.js';
import type { Office } from '../service/setup/open-gallery.js';
import { formatTime } from './office-dependencies.js';

interface LineOptions {
  /** Of the column of ids. */
  readonly width: number;
  /** Whether the face is unknown to the encoder in use. */
  readonly again: boolean;
  /** IANA time zone in which dates are written. */
  readonly zone: string;
}

export function lineOf({ person, badges, templates }: Enrolled, { width, again, zone }: LineOptions): string {
  return [
    person.id.padEnd(width),
    plural(templates.length, 'template').padStart(12),
    (badges.length === 0 ? 'no badge' : `badge ${badges.join(' ')}`).padEnd(16),
    person.consent === undefined
      ? 'NO CONSENT'
      : `consent ${person.consent.textVersion}${untilOf(person.consent)}`,
    ...(again ? ['ENROL AGAIN'] : []),
    ...(person.validUntil === undefined ? [] : [formatUntil(person.validUntil, zone)]),
    escapeForbidden(person.name),
  ].join('  ');
}

export function detailsOf({ person, badges, templates }: Enrolled, zone: string): readonly string[] {
  const { consent, validFrom, validUntil } = person;
  return [
    `id         ${person.id}`,
    `name       ${escapeForbidden(person.name)}`,
    `consent    ${consent === undefined ? 'none: does not match' : `text ${consent.textVersion}, ${formatTime(consent.givenAt)}${untilOf(consent)}`}`,
    `valid      ${validFrom === undefined ? 'always' : `from ${formatInZone(validFrom, zone)} (${zone})`}${validUntil === undefined ? '' : ` ${formatUntil(validUntil, zone)}`}`,
    `badges     ${badges.length === 0 ? 'none' : badges.join(' ')}`,
    `groups     ${person.groups === undefined ? 'none of their own' : person.groups.join(' ')}`,
    ...templates.map(
      ({ digest, source, createdAt }) =>
        `template   ${formatTime(createdAt)}, encoder ${digest.slice(0, 12)}, photo sha256 ${source.slice(0, 12)}`,
    ),
  ];
}

/** @param withoutConsent how many of them have not agreed, or no longer. */
export function sumLine(people: number, withoutConsent: number): string {
  if (people === 1 && withoutConsent === 1) return '1 person, without consent: does not match.';
  return `${countPeople(people)}${withoutConsent === 0 ? '' : `, ${withoutConsent} of them without consent: ${withoutConsent === 1 ? 'does' : 'do'} not match`}.`;
}

/** A person who has templates, and none of the encoder in use, is not recognised at the gate. */
export const needsEnrollmentAgain = ({ templates }: Enrolled, encoder: ModelDigest | undefined): boolean =>
  encoder !== undefined && templates.length > 0 && templates.every(({ digest }) => digest !== encoder);

export const enrollAgainLine = (people: number): string =>
  `${people} of them ${people === 1 ? 'has' : 'have'} no template of the encoder in use: enroll ${people === 1 ? 'this person' : 'them'} again.`;

/** "until the end of 2026-12-31 (Europe/Berlin)", or with a time where it is not the end of a day. */
function formatUntil(at: WallTime, zone: string): string {
  const local = localClock(zone)(at);
  const last = local === undefined ? undefined : dayBefore(local.date);
  const when =
    last !== undefined && instantOf(zone, dayAfter(last)) === at
      ? `the end of ${last}`
      : formatInZone(at, zone);
  return `until ${when} (${zone})`;
}

function formatInZone(at: WallTime, zone: string): string {
  const local = localClock(zone)(at);
  if (local === undefined) return 'no time';
  const [hour, minute] = [Math.floor(local.minute / 60), local.minute % 60].map((part) =>
    String(part).padStart(2, '0'),
  );
  return `${local.date} ${hour}:${minute}`;
}

/** "ada  Ada Lovelace, badges b1 b2, 3 templates": enough to check that it is the right person. */
export const briefOf = ({ person, badges, templates }: Enrolled): string =>
  `${person.id}  ${[escapeForbidden(person.name), badgesOf(badges), plural(templates.length, 'template')].join(', ')}`;

const badgesOf = (badges: readonly string[]): string =>
  badges.length === 0 ? 'no badge' : `${badges.length === 1 ? 'badge' : 'badges'} ${badges.join(' ')}`;

const untilOf = ({ until }: Consent): string => (until === undefined ? '' : ` until ${formatTime(until)}`);

export const damagedLine = (templates: Enrolled['templates']): string =>
  `${plural(templates.length, 'template')} of the above ${templates.length === 1 ? 'is' : 'are'} damaged and ${templates.length === 1 ? 'matches' : 'match'} nobody (photo sha256 ${templates.map(({ source }) => source.slice(0, 12)).join(', ')}): enroll this person again.`;

/**
 * Finds the person of an id, or suggests known ids for a mistyped one.
 * @throws TwinstileError 'person-unknown'.
 */
export async function findPerson({ gallery }: Office, id: string): Promise<Enrolled> {
  const person = await gallery.find(personId(id));
  if (person !== undefined) return person;
  throw new TwinstileError({
    code: 'person-unknown',
    message: `Expected the id of somebody who is enrolled, got '${id}'.`,
    hint: nearHint(
      id,
      (await gallery.list()).map(({ person }) => person.id),
    ),
  });
}

/** Where to look for the right id, with those that look like it. */
export function nearHint(id: string, known: readonly string[]): string {
  const near = nearestIds(id, known);
  const list = 'See who is enrolled with: twinstile people list';
  return near.length === 0 ? list : `Nearest: ${near.join(', ')}. ${list}`;
}

/** More would be a list, not a hint. */
const MAX_IDS = 3;

/** Those that differ least, best first: none that differs in more than a third of its letters. Case does not count. */
export function nearestIds(id: string, known: readonly string[]): readonly string[] {
  const limit = Math.max(1, Math.floor(Math.max(id.length, 3) / 3));
  return known
    .map((other) => ({ other, edits: editDistance(id.toLowerCase(), other.toLowerCase(), limit) }))
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits || (a.other < b.other ? -1 : 1))
    .slice(0, MAX_IDS)
    .map(({ other }) => other);
}

/** Optimal string alignment (insertions, deletions, substitutions, swaps of neighbours); anything above the limit is limit + 1. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, place) => place);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const plain = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + cost);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next.push(isSwap ? Math.min(plain, (before[j - 2] ?? 0) + 1) : plain);
    }
    before = row;
    row = next;
  }
  return row.at(-1) ?? limit + 1;
}
