/** Wraps the store of people: refuses changes of a fleet's people on a box that follows it, and limits consent in time. */
import { TwinstileError } from '../../base/errors.js';
import type { BadgeId, PersonId } from '../../base/ids.js';
import { wallTime } from '../../base/units.js';
import { fromFleetAmong } from '../../fleet/sqlite/fleet-gallery.js';
import { leftOutIn } from '../../fleet/sqlite/fleet-rows.js';
import type { GalleryStore } from '../../records/people/gallery-store.js';
import type { GalleryChange } from '../../records/people/person.js';
import type { Tables } from '../../records/sql-port.js';

/**
 * Wraps a store so that `apply` refuses, as a whole and before anything is written, a list that changes a person of the
 * fleet's gallery: the next change of their segment would undo it. People enrolled only on this box can still be changed.
 * `apply` throws TwinstileError 'bad-arguments' for such a list.
 */
export function keepFleetPeople(store: GalleryStore, tables: Pick<Tables, 'read'>): GalleryStore {
  return withApply(store, async (changes) => {
    await expectNoneOfFleet(store, tables, changes);
    await store.apply(changes);
  });
}

/**
 * Refuses what `keepFleetPeople` refuses, and applies nothing: for a dry run, and before a question is asked.
 * @throws TwinstileError 'bad-arguments'.
 */
export async function expectNoneOfFleet(
  store: GalleryStore,
  tables: Pick<Tables, 'read'>,
  changes: readonly GalleryChange[],
): Promise<void> {
  const holders = async (badge: BadgeId): Promise<readonly PersonId[]> => {
    const standing = await store.standingOf(badge);
    if (standing.kind === 'held') return [standing.person];
    return standing.kind === 'ambiguous' ? standing.people : [];
  };
  const touched = async (change: GalleryChange): Promise<readonly PersonId[]> => {
    if (change.kind === 'put-person') return [change.person.id];
    if (change.kind === 'remove-person' || change.kind === 'set-condition') return [change.person];
    if (change.kind === 'add-template') return [change.template.person];
    // Assigning a badge to another person removes it from its holder.
    const held = await holders(change.badge);
    return change.kind === 'add-badge' ? [change.person, ...held] : held;
  };
  const people = new Set<PersonId>();
  for (const change of changes) for (const person of await touched(change)) people.add(person);
  await expectNotFromFleet(tables, [...people]);
  const released = changes.find((change) => change.kind === 'release-badge');
  const { length: leftOut } = released === undefined ? [] : await tables.read(leftOutIn);
  if (released !== undefined && leftOut > 0) throw maybeSomebodys(released.badge, leftOut);
}

/**
 * The holders of these badges are unknown here: a badge that is unassigned on this box may be one of them, and must not go to
 * a visitor.
 */
const maybeSomebodys = (badge: BadgeId, leftOut: number): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected a badge that nobody of the fleet has, got ${badge} while ${leftOut} records of the fleet's gallery are left out here: it may be of one of them. Nothing was changed.`,
    hint: 'Mend those records at the registrar (gallery publish says which), publish, run twinstile sync here, and release the badge then.',
  });

const MAX_NAMED = 5;

/** @param afterwards what to do at this box once the registrar's version is here. */
const changedElsewhere = (people: readonly PersonId[], afterwards = ''): TwinstileError => {
  const more = people.length > MAX_NAMED ? ` and ${people.length - MAX_NAMED} more` : '';
  return new TwinstileError({
    code: 'bad-arguments',
    message: `Expected people who are enrolled at this box alone, got ${people.slice(0, MAX_NAMED).join(', ')}${more} of the fleet's gallery: the next version would undo the change. Nothing was changed.`,
    hint: `Make this change at the registrar, and publish.${afterwards}`,
  });
};

/**
 * Refuses people of a published gallery: the next change of their segment would restore them.
 * @throws TwinstileError 'bad-arguments'.
 */
export async function expectNotFromFleet(
  tables: Pick<Tables, 'read'>,
  people: readonly PersonId[],
  afterwards?: string,
): Promise<void> {
  const refused = await tables.read((sql) => fromFleetAmong(sql, people));
  if (refused.length > 0) throw changedElsewhere(refused, afterwards);
}

const DAY_MS = 86_400_000;

/**
 * Computes when a consent recorded here expires, from the number of days that the site has configured.
 * @param days absent: consent is valid until it is withdrawn.
 */
export function underTerms(store: GalleryStore, days: number | undefined): GalleryStore {
  if (days === undefined) return store;
  const limited = (change: GalleryChange): GalleryChange => {
    if (change.kind !== 'put-person') return change;
    const { consent } = change.person;
    if (consent === undefined || consent.until !== undefined) return change;
    const until = wallTime(consent.givenAt + days * DAY_MS);
    return { ...change, person: { ...change.person, consent: { ...consent, until } } };
  };
  return withApply(store, (changes) => store.apply(changes.map(limited)));
}

/** Wraps a store with another `apply`; its other methods are unchanged. */
function withApply(store: GalleryStore, apply: GalleryStore['apply']): GalleryStore {
  return {
    version: () => store.version(),
    apply,
    snapshot: (digest, dimension) => store.snapshot(digest, dimension),
    find: (person) => store.find(person),
    storedSpelling: (person) => store.storedSpelling(person),
    list: () => store.list(),
    holderOf: (badge) => store.holderOf(badge),
    standingOf: (badge) => store.standingOf(badge),
    idClashes: () => store.idClashes(),
    sourcesEncoded: (digest, sources) => store.sourcesEncoded(digest, sources),
    vectors: (person) => store.vectors(person),
    close: () => store.close(),
  };
}
