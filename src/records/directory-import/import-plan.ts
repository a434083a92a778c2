/** Plans what an import changes, so that it can be shown before anything is stored, and without storing for `--dry-run`. */

import type { BadgeId, ModelDigest, PersonId } from '../../base/ids.js';
import { badgeKey, idKey } from '../../base/names.js';
import { plural } from '../../base/plural.js';
import { type WallTime, wallTime } from '../../base/units.js';
import type { Enrolled } from '../people/gallery-store.js';
import type { Consent, GalleryChange, Person } from '../people/person.js';
import type { DirectoryPerson, ImportRules, ReadEntry } from './read-person.js';

/** Without the photographs themselves: only their digests. */
type PlannedPerson = Omit<DirectoryPerson, 'photos'> & { readonly sources: readonly string[] };

interface RefusedEntry {
  readonly where: string;
  readonly id?: PersonId;
  readonly reason: string;
}

export interface PersonPlan {
  readonly person: Person;
  /** In words: "name", "badges", "until", "a photo to look at"; empty for a person who does not change. */
  readonly differences: readonly string[];
  /** Badges to be returned before any badge is assigned. */
  readonly returnedBadges: readonly BadgeId[];
  readonly changes: readonly GalleryChange[];
  /** Photographs that have not given a template yet. */
  readonly photos: readonly string[];
}

export interface ImportPlan {
  readonly added: readonly PersonPlan[];
  readonly changed: readonly PersonPlan[];
  readonly unchanged: readonly PersonId[];
  readonly refused: readonly RefusedEntry[];
  /** Imported from the directory before, and no longer in it. */
  readonly missing: readonly PersonId[];
  /** How many people were imported from the directory before. */
  readonly managed: number;
  /** Entries that are no people. */
  readonly others: number;
}

export interface PlanRules extends ImportRules {
  readonly digest: ModelDigest;
  readonly now: WallTime;
  /** Of the command line: all people of the export agreed to it. */
  readonly consent?: Consent;
}

/** What is kept of an entry until all of them were read. */
export type PlannedRead =
  | Exclude<ReadEntry, { readonly kind: 'person' }>
  | { readonly kind: 'person'; readonly person: PlannedPerson; readonly remarks: readonly string[] };

export function withoutPhotos(read: ReadEntry): PlannedRead {
  if (read.kind !== 'person') return read;
  const { photos, ...person } = read.person;
  const sources = [...new Set(photos.map(({ source }) => source))];
  return { kind: 'person', person: { ...person, sources }, remarks: read.remarks };
}

/** @param reads in the order of the export: of two with one id or one badge the first counts. */
export function planImport(
  reads: readonly PlannedRead[],
  enrolled: readonly Enrolled[],
  rules: PlanRules,
): ImportPlan {
  const unusable = reads.flatMap((read) => (read.kind === 'refused' ? [refusalOf(read)] : []));
  const { people, ids, refused: duplicates } = onePersonPerId(reads, enrolled);
  const { added, changed, unchanged, refused: conflicts } = planPeople(people, enrolled, rules);
  const refused = [...unusable, ...duplicates, ...conflicts];
  const managed = enrolled.filter(({ person }) => person.groups?.includes(rules.mark));
  // A person whose entry cannot be used has not left.
  const present = new Set([...ids, ...refused.flatMap(({ id }) => (id === undefined ? [] : [idKey(id)]))]);
  return {
    added,
    changed,
    unchanged,
    refused,
    missing: managed.map(({ person }) => person.id).filter((id) => !present.has(idKey(id))),
    managed: managed.length,
    others: reads.filter(({ kind }) => kind === 'other').length,
  };
}

const refusalOf = ({ kind: _, ...refusal }: Extract<PlannedRead, { kind: 'refused' }>): RefusedEntry =>
  refusal;

/** Refuses an id that occurs before in the export, or that means the same as the id of another enrolled person. */
function onePersonPerId(
  reads: readonly PlannedRead[],
  enrolled: readonly Enrolled[],
): {
  readonly people: readonly PlannedPerson[];
  readonly ids: Iterable<string>;
  readonly refused: readonly RefusedEntry[];
} {
  const spellings = new Map(enrolled.map(({ person: { id } }) => [idKey(id), id]));
  const isEnrolled = new Set(enrolled.map(({ person: { id } }) => id));
  const seen = new Map<string, string>();
  const people: PlannedPerson[] = [];
  const refused: RefusedEntry[] = [];
  for (const read of reads) {
    if (read.kind !== 'person') continue;
    const { id, where } = read.person;
    const before = seen.get(idKey(id));
    const stored = isEnrolled.has(id) ? undefined : spellings.get(idKey(id));
    if (before !== undefined) refused.push({ where, id, reason: `the id is that of ${before}, too` });
    else if (stored !== undefined)
      refused.push({
        where,
        id: stored,
        reason: `the id ${id} means the same as ${stored}, who is enrolled`,
      });
    else people.push(read.person);
    seen.set(idKey(id), where);
    refused.push(...read.remarks.map((reason) => ({ where, id, reason })));
  }
  return { people, ids: seen.keys(), refused };
}

/** Refuses a badge that another person keeps. */
function planPeople(
  people: readonly PlannedPerson[],
  enrolled: readonly Enrolled[],
  rules: PlanRules,
): Pick<ImportPlan, 'added' | 'changed' | 'unchanged' | 'refused'> {
  const holders = holdersAfterReturns(people, enrolled, rules);
  const stored = new Map(enrolled.map((one) => [one.person.id, one]));
  const added: PersonPlan[] = [];
  const changed: PersonPlan[] = [];
  const unchanged: PersonId[] = [];
  const refused: RefusedEntry[] = [];
  for (const listed of people) {
    const { id, where } = listed;
    const taken = listed.badges.find((badge) => (holders.get(badgeKey(badge)) ?? id) !== id);
    if (taken !== undefined) {
      refused.push({ where, id, reason: `badge ${taken} is ${holders.get(badgeKey(taken))}’s` });
      continue;
    }
    for (const badge of listed.badges) holders.set(badgeKey(badge), id);
    const plan = planPerson(listed, stored.get(id), rules);
    if (plan.differences.length === 0) unchanged.push(id);
    else (stored.has(id) ? changed : added).push(plan);
  }
  return { added, changed, unchanged, refused };
}

/** Maps each badge to its holder, after people returned the badges that the directory no longer lists for them. */
function holdersAfterReturns(
  people: readonly PlannedPerson[],
  enrolled: readonly Enrolled[],
  { mapping }: PlanRules,
): Map<string, PersonId> {
  const listed = new Map(people.map(({ id, badges }) => [id, badges]));
  const keeps = (id: PersonId, badge: BadgeId): boolean =>
    mapping.badge.length === 0 || (listed.get(id)?.some((one) => badgeKey(one) === badgeKey(badge)) ?? true);
  return new Map(
    enrolled.flatMap(({ person: { id }, badges }) =>
      badges.filter((badge) => keeps(id, badge)).map((badge) => [badgeKey(badge), id] as const),
    ),
  );
}

function planPerson(listed: PlannedPerson, stored: Enrolled | undefined, rules: PlanRules): PersonPlan {
  const { id, badges } = listed;
  const person = personOf(listed, stored?.person, rules);
  const known = new Set(
    stored?.templates.filter(({ digest }) => digest === rules.digest).map(({ source }) => source),
  );
  const photos = listed.sources.filter((source) => !known.has(source));
  const own = stored?.badges ?? [];
  const gone =
    rules.mapping.badge.length === 0
      ? []
      : own.filter((badge) => !badges.some((one) => badgeKey(one) === badgeKey(badge)));
  const fresh = badges.filter((badge) => !own.some((one) => badgeKey(one) === badgeKey(badge)));
  const differences = stored === undefined ? ['new'] : differencesOf(stored.person, person);
  return {
    person,
    differences: [
      ...differences,
      ...(gone.length + fresh.length === 0 ? [] : ['badges']),
      ...(photos.length === 0 ? [] : [`${plural(photos.length, 'photo')} to look at`]),
    ],
    returnedBadges: gone,
    changes: [
      ...(differences.length === 0
        ? []
        : [{ kind: 'put-person', person, over: stored?.person ?? null } as const]),
      ...fresh.map((badge) => ({ kind: 'add-badge', badge, person: id, from: null }) as const),
    ],
    photos,
  };
}

/** A mapped field takes the directory's value; the others stay as they are stored. */
function personOf(listed: PlannedPerson, stored: Person | undefined, rules: PlanRules): Person {
  const { mapping, groups, mark, now } = rules;
  const managed = new Set([...groups.values(), mark]);
  const own = (stored?.groups ?? []).filter((group) => !managed.has(group));
  const consent = consentOf(listed, stored, rules);
  const from = mapping.validFrom.length === 0 ? stored?.validFrom : listed.validFrom;
  const until = untilOf(
    mapping.validUntil.length === 0 ? stored?.validUntil : listed.validUntil,
    listed,
    stored,
    now,
  );
  return {
    id: listed.id,
    name: listed.name,
    consent,
    // A person whose end comes before the beginning is not admitted: the end alone is stored for that.
    validFrom: from === undefined || (until !== undefined && !(from < until)) ? undefined : from,
    validUntil: until,
    groups: [...new Set([...own, ...listed.groups])].sort(),
  };
}

/** A disabled account ends now; a later import does not move that end. */
function untilOf(
  until: WallTime | undefined,
  { disabled }: PlannedPerson,
  stored: Person | undefined,
  now: WallTime,
): WallTime | undefined {
  if (!disabled) return until;
  return wallTime(Math.min(until ?? now, stored?.validUntil ?? now, now));
}

function consentOf(listed: PlannedPerson, stored: Person | undefined, rules: PlanRules): Consent | undefined {
  const given =
    rules.mapping.consent.length === 0
      ? (rules.consent ?? stored?.consent)
      : listed.consentText === undefined
        ? undefined
        : { textVersion: listed.consentText, givenAt: rules.now };
  return given !== undefined && given.textVersion === stored?.consent?.textVersion ? stored.consent : given;
}

function differencesOf(a: Person, b: Person): readonly string[] {
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['name', a.name, b.name],
    ['from', a.validFrom, b.validFrom],
    ['until', a.validUntil, b.validUntil],
    ['groups', [...(a.groups ?? [])].sort().join(' '), (b.groups ?? []).join(' ')],
    ['consent', a.consent?.textVersion, b.consent?.textVersion],
  ];
  return pairs.filter(([, before, after]) => before !== after).map(([name]) => name);
}
