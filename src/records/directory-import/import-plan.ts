/** What does an import change? Told before anything is done, and without it when it is only tried. */
import type { BadgeId, ModelDigest, PersonId } from '../../base/ids.js';
import { badgeKey, idKey } from '../../base/names.js';
import { type WallTime, wallTime } from '../../base/units.js';
import type { Enrolled } from '../people/gallery-store.js';
import type { Consent, GalleryChange, Person } from '../people/person.js';
import type { ImportRules } from './directory-mapping.js';
import type { DirectoryPerson, ReadEntry } from './read-person.js';

/** Without the photographs themselves: only what tells them apart. */
export type PlannedPerson = Omit<DirectoryPerson, 'photos'> & { readonly sources: readonly string[] };

export interface RefusedEntry {
  readonly where: string;
  readonly id?: PersonId;
  readonly reason: string;
}

export interface PersonPlan {
  readonly person: Person;
  /** In words: "name", "badges", "until", "a photo to look at"; empty for somebody who stays as they are. */
  readonly differences: readonly string[];
  /** Badges that are given back, before anybody takes one. */
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
  /** Brought by the directory before, and in it no more. */
  readonly missing: readonly PersonId[];
  /** Everybody whom the directory brought before. */
  readonly managed: number;
  /** Entries that are no people. */
  readonly others: number;
}

export interface PlanRules extends ImportRules {
  readonly digest: ModelDigest;
  readonly now: WallTime;
  /** Of the command line: everybody of the export agreed to it. */
  readonly consent?: Consent;
}

/** What is kept of an entry until all of them were read. */
export type PlannedRead =
  | Exclude<ReadEntry, { readonly kind: 'person' }>
  | { readonly kind: 'person'; readonly person: PlannedPerson };

export function withoutPhotos(read: ReadEntry): PlannedRead {
  if (read.kind !== 'person') return read;
  const { photos, ...person } = read.person;
  return { kind: 'person', person: { ...person, sources: [...new Set(photos.map(({ source }) => source))] } };
}

/** @param reads in the order of the export: of two with one id or one badge the first counts. */
export function planImport(
  reads: readonly PlannedRead[],
  enrolled: readonly Enrolled[],
  rules: PlanRules,
): ImportPlan {
  const refused: RefusedEntry[] = reads.flatMap((read) => {
    if (read.kind !== 'refused') return [];
    const { kind: _, ...why } = read;
    return [why];
  });
  const spellings = new Map(enrolled.map(({ person: { id } }) => [idKey(id), id]));
  const isEnrolled = new Set(enrolled.map(({ person: { id } }) => id));
  const seen = new Map<string, string>();
  const people: PlannedPerson[] = [];
  for (const read of reads) {
    if (read.kind !== 'person') continue;
    const { id, where, remarks } = read.person;
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
    refused.push(...remarks.map((reason) => ({ where, id, reason })));
  }
  const holders = holdersAfterReturns(people, enrolled, rules);
  const stored = new Map(enrolled.map((one) => [one.person.id, one]));
  const added: PersonPlan[] = [];
  const changed: PersonPlan[] = [];
  const unchanged: PersonId[] = [];
  for (const said of people) {
    const { id, where } = said;
    const taken = said.badges.find((badge) => (holders.get(badgeKey(badge)) ?? id) !== id);
    if (taken !== undefined) {
      refused.push({ where, id, reason: `badge ${taken} is ${holders.get(badgeKey(taken))}’s` });
      continue;
    }
    for (const badge of said.badges) holders.set(badgeKey(badge), id);
    const plan = planPerson(said, stored.get(id), rules);
    if (plan.differences.length === 0) unchanged.push(id);
    else (stored.has(id) ? changed : added).push(plan);
  }
  const managed = enrolled.filter(({ person }) => person.groups?.includes(rules.mark));
  // Somebody who cannot be read has not left.
  const here = new Set([
    ...seen.keys(),
    ...refused.flatMap(({ id }) => (id === undefined ? [] : [idKey(id)])),
  ]);
  return {
    added,
    changed,
    unchanged,
    refused,
    missing: managed.map(({ person }) => person.id).filter((id) => !here.has(idKey(id))),
    managed: managed.length,
    others: reads.filter(({ kind }) => kind === 'other').length,
  };
}

/** Who has a badge once those whom the directory says to have others gave theirs back. */
function holdersAfterReturns(
  people: readonly PlannedPerson[],
  enrolled: readonly Enrolled[],
  { mapping }: PlanRules,
): Map<string, PersonId> {
  const said = new Map(people.map(({ id, badges }) => [id, badges]));
  const keeps = (id: PersonId, badge: BadgeId): boolean =>
    mapping.badge.length === 0 || (said.get(id)?.some((one) => badgeKey(one) === badgeKey(badge)) ?? true);
  return new Map(
    enrolled.flatMap(({ person: { id }, badges }) =>
      badges.filter((badge) => keeps(id, badge)).map((badge) => [badgeKey(badge), id] as const),
    ),
  );
}

function planPerson(said: PlannedPerson, stored: Enrolled | undefined, rules: PlanRules): PersonPlan {
  const { id, badges } = said;
  const person = personOf(said, stored?.person, rules);
  const known = new Set(
    stored?.templates.filter(({ digest }) => digest === rules.digest).map(({ source }) => source),
  );
  const photos = said.sources.filter((source) => !known.has(source));
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
      ...(photos.length === 0
        ? []
        : [photos.length === 1 ? 'a photo to look at' : `${photos.length} photos to look at`]),
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

/** The directory has the last word on what it says; the rest stays as it is. */
function personOf(said: PlannedPerson, stored: Person | undefined, rules: PlanRules): Person {
  const { mapping, groups, mark, now } = rules;
  const managed = new Set([...groups.values(), mark]);
  const own = (stored?.groups ?? []).filter((group) => !managed.has(group));
  const consent = consentOf(said, stored, rules);
  const from = mapping.validFrom.length === 0 ? stored?.validFrom : said.validFrom;
  const until = untilOf(
    mapping.validUntil.length === 0 ? stored?.validUntil : said.validUntil,
    said,
    stored,
    now,
  );
  return {
    id: said.id,
    name: said.name,
    consent,
    // Somebody whose end comes before the beginning is not let in: the end says so alone.
    validFrom: from === undefined || (until !== undefined && !(from < until)) ? undefined : from,
    validUntil: until,
    groups: [...new Set([...own, ...said.groups])].sort(),
  };
}

/** A disabled account ends now, and not anew with each import. */
function untilOf(
  until: WallTime | undefined,
  { disabled }: PlannedPerson,
  stored: Person | undefined,
  now: WallTime,
): WallTime | undefined {
  if (!disabled) return until;
  return wallTime(Math.min(until ?? now, stored?.validUntil ?? now, now));
}

function consentOf(said: PlannedPerson, stored: Person | undefined, rules: PlanRules): Consent | undefined {
  const given =
    rules.mapping.consent.length === 0
      ? (rules.consent ?? stored?.consent)
      : said.consentText === undefined
        ? undefined
        : { textVersion: said.consentText, givenAt: rules.now };
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
