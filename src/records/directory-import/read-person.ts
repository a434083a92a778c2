/** Converts one entry of a directory to a person of the gallery by a mapping of its attributes, or gives the reason why not. */

import { createHash } from 'node:crypto';
import { type BadgeId, badgeId, ID_PATTERN, type PersonId, personId } from '../../base/ids.js';
import { badgeKey, readBadgeText, readName } from '../../base/names.js';
import { plural } from '../../base/plural.js';
import { type WallTime, wallTime } from '../../base/units.js';
import { MAX_BADGES, readConsentText } from '../people/record-rules.js';
import { ACCOUNT_ENDS, accountMarks, type DayRule, readAccountTime } from './account-state.js';
import type { DirectoryEntry, DirectoryValue } from './directory-export.js';

/** Names of attributes in lower case; the first that has a value counts. An empty list: the directory does not provide the field. */
export interface Mapping {
  readonly id: readonly string[];
  readonly name: readonly string[];
  readonly badge: readonly string[];
  readonly photo: readonly string[];
  readonly groups: readonly string[];
  readonly validFrom: readonly string[];
  readonly validUntil: readonly string[];
  /** The version of the text agreed to. */
  readonly consent: readonly string[];
}

export const FIELDS: Readonly<Record<string, keyof Mapping>> = {
  id: 'id',
  name: 'name',
  badge: 'badge',
  photo: 'photo',
  groups: 'groups',
  valid_from: 'validFrom',
  valid_until: 'validUntil',
  consent: 'consent',
};

/** What OpenLDAP, Active Directory and SCIM use, so that most exports need no mapping. No standard has badges and consent. */
export const DEFAULT_MAPPING: Mapping = {
  id: ['employeenumber', 'uid', 'samaccountname', 'externalid', 'username'],
  name: ['displayname', 'cn', 'name.formatted'],
  badge: [],
  photo: ['jpegphoto', 'thumbnailphoto', 'photos'],
  groups: ['memberof', 'groups.display', 'groups'],
  validFrom: [],
  validUntil: ACCOUNT_ENDS,
  consent: [],
};

/** Rules of an import, in addition to the export itself. */
export interface ImportRules {
  readonly mapping: Mapping;
  /** Access groups by the directory's: its whole name or the first part of it ("cn=cleaners,ou=…" or "cleaners"), in lower case. */
  readonly groups: ReadonlyMap<string, string>;
  /** Group of all people of the export, by which the next import recognises who came from the directory. */
  readonly mark: string;
  /** IANA time zone whose days its dates are. */
  readonly zone: string;
}

export interface DirectoryPerson {
  readonly id: PersonId;
  readonly where: string;
  readonly name: string;
  readonly badges: readonly BadgeId[];
  /** Access groups, the mark among them. */
  readonly groups: readonly string[];
  readonly validFrom?: WallTime;
  readonly validUntil?: WallTime;
  /** The account is disabled: the person is not admitted from the import on. */
  readonly disabled: boolean;
  readonly consentText?: string;
  readonly photos: readonly { readonly source: string; readonly bytes: Uint8Array }[];
}

export type ReadEntry =
  /** `remarks`: values of the entry that could not be used, while the rest could. */
  | { readonly kind: 'person'; readonly person: DirectoryPerson; readonly remarks: readonly string[] }
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

/** Reads one entry; the first field that cannot be used refuses it. */
export function readPerson(entry: DirectoryEntry, rules: ImportRules): ReadEntry {
  const { where } = entry;
  const { mapping } = rules;
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
  const fields = readFields(entry, rules);
  if ('reason' in fields) return { kind: 'refused', where, id, reason: fields.reason };
  const photos = valuesOf(entry, mapping.photo);
  const marks = accountMarks(
    entry.attributes.keys(),
    (attribute) => textsOf(entry, [attribute]),
    Object.values(mapping).flat(),
  );
  const unusable = photos.flatMap((photo) => ('unusable' in photo ? [photo.unusable] : []));
  return {
    kind: 'person',
    person: {
      id,
      where,
      ...fields,
      groups: [...new Set([...groupsOf(textsOf(entry, mapping.groups), rules.groups), rules.mark])].sort(),
      disabled: marks.closed,
      photos: photos.flatMap((bytes) =>
        bytes instanceof Uint8Array && bytes.length > 0 ? [{ source: sha256(bytes), bytes }] : [],
      ),
    },
    remarks: [...unusable, ...marks.notUnderstood],
  };
}

type Unusable = { readonly reason: string };
type Fields = Pick<DirectoryPerson, 'name' | 'badges' | 'validFrom' | 'validUntil' | 'consentText'>;

function readFields(entry: DirectoryEntry, { mapping, zone }: ImportRules): Fields | Unusable {
  const name = nameOf(entry, mapping.name);
  if ('reason' in name) return name;
  const badges = badgesOf(entry, mapping.badge);
  if ('reason' in badges) return badges;
  const validFrom = timeOf(entry, mapping.validFrom, { end: false, zone });
  const validUntil = endOf(entry, mapping.validUntil, { end: true, zone });
  // An unreadable date must not admit a person without limit.
  if (validFrom === 'unreadable' || validUntil === 'unreadable')
    return { reason: 'a date that cannot be read' };
  const text = textsOf(entry, mapping.consent)[0];
  const consentText = text === undefined ? undefined : readConsentText(text);
  if (text !== undefined && consentText === undefined)
    return { reason: 'a version of the text agreed to that is none' };
  return { ...name, ...badges, validFrom, validUntil, consentText };
}

function nameOf(entry: DirectoryEntry, attributes: readonly string[]): Pick<Fields, 'name'> | Unusable {
  const text = textsOf(entry, attributes)[0];
  if (text === undefined) return { reason: `no name (${attributes.join(', ')})` };
  const read = readName(text);
  return read.kind === 'refused' ? { reason: `a name that is none: ${read.got}` } : { name: read.name };
}

function badgesOf(entry: DirectoryEntry, attributes: readonly string[]): Pick<Fields, 'badges'> | Unusable {
  const written = textsOf(entry, attributes).flatMap((one) => one.split(/\s+/));
  const bad = written.find((badge) => readBadgeText(badge) === undefined);
  if (bad !== undefined)
    return { reason: `a badge of other than letters, digits, . - or _: '${bad.slice(0, 64)}'` };
  const badges = [
    ...new Map(written.map((badge) => [badgeKey(badge), badgeId(readBadgeText(badge) ?? badge)])).values(),
  ];
  return badges.length > MAX_BADGES
    ? { reason: `${plural(badges.length, 'badge')}, where at most ${MAX_BADGES} may be` }
    : { badges };
}

function isPerson(entry: DirectoryEntry): boolean {
  const kinds = textsOf(entry, ['objectclass']).map((kind) => kind.toLowerCase());
  if (kinds.length === 0) return true;
  return kinds.some((kind) => PEOPLE.includes(kind)) && !kinds.some((kind) => MACHINES.includes(kind));
}

/** Reads the earliest end of all attributes; an empty list leaves the end to the administrator. */
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
    const fullName = name.toLowerCase();
    const [first = ''] = fullName.split(',');
    const group = table.get(fullName) ?? table.get(first.replace(/^cn=/, ''));
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

/** Values of the first attribute that has any. */
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
