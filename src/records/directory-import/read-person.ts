/** From one entry of a directory to what the gallery would hold of that person; or why not. */
import { createHash } from 'node:crypto';
import { type BadgeId, badgeId, ID_PATTERN, type PersonId, personId } from '../../base/ids.js';
import { badgeKey, readBadgeText, readName } from '../../base/names.js';
import { type WallTime, wallTime } from '../../base/units.js';
import { MAX_BADGES, readConsentText } from '../people/record-rules.js';
import { ACCOUNT_ENDS, accountMarks } from './account-marks.js';
import { type DayRule, readAccountTime } from './account-times.js';
import type { DirectoryEntry, DirectoryValue } from './directory-export.js';
import type { ImportRules } from './directory-mapping.js';

export interface DirectoryPerson {
  readonly id: PersonId;
  readonly where: string;
  readonly name: string;
  readonly badges: readonly BadgeId[];
  /** Access groups, the mark among them. */
  readonly groups: readonly string[];
  readonly validFrom?: WallTime;
  readonly validUntil?: WallTime;
  /** The account is switched off: nobody is let in by it from now on. */
  readonly disabled: boolean;
  readonly consentText?: string;
  readonly photos: readonly { readonly source: string; readonly bytes: Uint8Array }[];
  /** What of the entry could not be used, while the rest could. */
  readonly remarks: readonly string[];
}

export type ReadEntry =
  | { readonly kind: 'person'; readonly person: DirectoryPerson }
  | { readonly kind: 'refused'; readonly where: string; readonly id?: PersonId; readonly reason: string }
  /** A folder, a group, a machine. */
  | { readonly kind: 'other' };

const PEOPLE: readonly string[] = [
  'person',
  'inetorgperson',
  'organizationalperson',
  'user',
  'account',
  'posixaccount',
];
const MACHINES: readonly string[] = ['computer', 'group', 'groupofnames', 'organizationalunit'];

export function readPerson(
  entry: DirectoryEntry,
  { mapping, groups: table, mark, zone }: ImportRules,
): ReadEntry {
  const { where } = entry;
  if (!isPerson(entry)) return { kind: 'other' };
  const text = textsOf(entry, mapping.id)[0];
  if (text === undefined) return { kind: 'refused', where, reason: `no id (${mapping.id.join(', ')})` };
  if (!ID_PATTERN.test(text))
    return {
      kind: 'refused',
      where,
      reason: `an id of other than letters, digits, . - or _: '${text.slice(0, 64)}'`,
    };
  const id = personId(text);
  const refused = (reason: string): ReadEntry => ({ kind: 'refused', where, id, reason });
  const name = textsOf(entry, mapping.name)[0];
  if (name === undefined) return refused(`no name (${mapping.name.join(', ')})`);
  const named = readName(name);
  if (named.kind === 'refused') return refused(`a name that is none: ${named.got}`);
  const written = textsOf(entry, mapping.badge).flatMap((one) => one.split(/\s+/));
  const bad = written.find((badge) => readBadgeText(badge) === undefined);
  if (bad !== undefined)
    return refused(`a badge of other than letters, digits, . - or _: '${bad.slice(0, 64)}'`);
  const badges = [
    ...new Map(written.map((badge) => [badgeKey(badge), badgeId(readBadgeText(badge) ?? badge)])).values(),
  ];
  if (badges.length > MAX_BADGES)
    return refused(`${badges.length} badges, where at most ${MAX_BADGES} may be`);
  const from = timeOf(entry, mapping.validFrom, { end: false, zone });
  const until = endOf(entry, mapping.validUntil, { end: true, zone });
  // Whoever is let in for ever because a date could not be read is let in wrongly.
  if (from === 'unreadable' || until === 'unreadable') return refused('a date that cannot be read');
  const photos = valuesOf(entry, mapping.photo);
  const marks = accountMarks(
    entry.attributes.keys(),
    (attribute) => textsOf(entry, [attribute]),
    Object.values(mapping).flat(),
  );
  const agreedTo = textsOf(entry, mapping.consent)[0];
  const consentText = agreedTo === undefined ? undefined : readConsentText(agreedTo);
  if (agreedTo !== undefined && consentText === undefined)
    return refused('a version of the text agreed to that is none');
  return {
    kind: 'person',
    person: {
      id,
      where,
      name: named.name,
      badges,
      groups: [...new Set([...groupsOf(textsOf(entry, mapping.groups), table), mark])].sort(),
      validFrom: from,
      validUntil: until,
      disabled: marks.closed,
      consentText,
      photos: photos.flatMap((bytes) =>
        bytes instanceof Uint8Array && bytes.length > 0 ? [{ source: sha256(bytes), bytes }] : [],
      ),
      remarks: [
        ...photos.flatMap((photo) => ('unusable' in photo ? [photo.unusable] : [])),
        ...marks.notUnderstood,
      ],
    },
  };
}

function isPerson(entry: DirectoryEntry): boolean {
  const kinds = textsOf(entry, ['objectclass']).map((kind) => kind.toLowerCase());
  if (kinds.length === 0) return true;
  return kinds.some((kind) => PEOPLE.includes(kind)) && !kinds.some((kind) => MACHINES.includes(kind));
}

/** The earliest end that any of them says; an empty list leaves it to the desk. */
function endOf(
  entry: DirectoryEntry,
  names: readonly string[],
  day: DayRule,
): WallTime | 'unreadable' | undefined {
  if (names.length === 0) return undefined;
  const ends = [...new Set([...names, ...ACCOUNT_ENDS])].map((name) => timeOf(entry, [name], day));
  if (ends.includes('unreadable')) return 'unreadable';
  const times = ends.filter((end) => typeof end === 'number');
  return times.length === 0 ? undefined : wallTime(Math.min(...times));
}

function groupsOf(names: readonly string[], table: ReadonlyMap<string, string>): readonly string[] {
  return names.flatMap((name) => {
    const whole = name.toLowerCase();
    const [first = ''] = whole.split(',');
    const group = table.get(whole) ?? table.get(first.replace(/^cn=/, ''));
    return group === undefined ? [] : [group];
  });
}

function timeOf(
  entry: DirectoryEntry,
  names: readonly string[],
  day: DayRule,
): WallTime | 'unreadable' | undefined {
  const name = names.find((each) => textsOf(entry, [each]).length > 0);
  if (name === undefined) return undefined;
  const at = readAccountTime(name, textsOf(entry, [name])[0] ?? '', day);
  return at === undefined ? 'unreadable' : at === 'never' ? undefined : at;
}

/** Of the first attribute that has any. */
function valuesOf({ attributes }: DirectoryEntry, names: readonly string[]): readonly DirectoryValue[] {
  const name = names.find((each) => (attributes.get(each)?.length ?? 0) > 0);
  return name === undefined ? [] : (attributes.get(name) ?? []);
}

function textsOf(entry: DirectoryEntry, names: readonly string[]): readonly string[] {
  return valuesOf(entry, names).flatMap((value) => {
    const text = value instanceof Uint8Array ? Buffer.from(value).toString('utf8').trim() : '';
    return text === '' ? [] : [text];
  });
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
