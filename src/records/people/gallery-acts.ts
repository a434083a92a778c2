/** Describes changes of the gallery as acts: what was there before, and what is there now. */
import type { BadgeId, PersonId } from '../../base/ids.js';
import type { Act } from '../journal/act.js';
import type { Sql } from '../sql-port.js';
import { badgeRowsIn, PERSON_COLUMNS, type PersonRow, personOf } from './gallery-people.js';
import type { GalleryChange, Person } from './person.js';
import type { BadgeTag } from './tombstones.js';

/** Facts about one person, gathered over the changes of one transaction. */
interface CollectedAct {
  readonly person: PersonId;
  act: 'person-enrolled' | 'person-changed' | 'person-removed';
  readonly badges: Set<BadgeId>;
  templates: number;
  badgesAdded: number;
  badgesRemoved: number;
  fields: Record<string, unknown>;
}

/** One row for each person, however many changes of a transaction are about them. */
export class GalleryActs {
  readonly #all: CollectedAct[] = [];
  readonly #open = new Map<PersonId, CollectedAct>();
  readonly #released: Act[] = [];

  /** To be called before the change is applied. */
  async note(sql: Sql, change: GalleryChange, tag: BadgeTag): Promise<void> {
    switch (change.kind) {
      case 'put-person':
        return this.#put(await personIn(sql, change.person.id), change.person);
      case 'remove-person':
        return this.#remove(sql, change.person);
      case 'add-template':
        this.#of(change.template.person).templates += 1;
        return;
      case 'set-condition':
        return this.#capture(sql, change);
      case 'add-badge':
        return this.#give(change.badge, change.person, await ownerIn(sql, change.badge, tag));
      case 'remove-badge':
        return this.#takeBack(change.badge, await ownerIn(sql, change.badge, tag));
      case 'release-badge':
        this.#released.push({ act: 'badge-released', badge: change.badge });
        return;
    }
  }

  acts(): readonly Act[] {
    const changed = this.#all.filter(
      (collected) => collected.act !== 'person-changed' || hasChanged(collected),
    );
    return [...changed.map(actOf), ...this.#released];
  }

  #of(person: PersonId): CollectedAct {
    const known = this.#open.get(person);
    if (known !== undefined) return known;
    const collected: CollectedAct = {
      person,
      act: 'person-changed',
      badges: new Set(),
      templates: 0,
      badgesAdded: 0,
      badgesRemoved: 0,
      fields: {},
    };
    this.#open.set(person, collected);
    this.#all.push(collected);
    return collected;
  }

  #put(before: Person | undefined, after: Person): void {
    const collected = this.#of(after.id);
    if (before === undefined) collected.act = 'person-enrolled';
    Object.assign(collected.fields, differences(before, after));
  }

  async #capture(
    sql: Sql,
    { person, condition, instead }: Extract<GalleryChange, { readonly kind: 'set-condition' }>,
  ): Promise<void> {
    const changed = await sql.one<{ readonly count: number }>(
      `SELECT count(*) AS count FROM templates WHERE person = ? AND condition <> ? AND ${sql.among('condition')}`,
      person,
      condition,
      JSON.stringify(instead),
    );
    if ((changed?.count ?? 0) > 0) Object.assign(this.#of(person).fields, { captured: condition });
  }

  async #remove(sql: Sql, person: PersonId): Promise<void> {
    if ((await personIn(sql, person)) === undefined) return;
    const collected = this.#of(person);
    const badges = await sql.all<{ readonly id: BadgeId }>('SELECT id FROM badges WHERE person = ?', person);
    for (const { id } of badges) collected.badges.add(id);
    const held = await sql.one<{ readonly count: number }>(
      'SELECT count(*) AS count FROM templates WHERE person = ?',
      person,
    );
    Object.assign(collected, {
      act: 'person-removed',
      templates: held?.count ?? 0,
      badgesRemoved: badges.length,
    });
    this.#open.delete(person);
  }

  #give(badge: BadgeId, person: PersonId, owner: PersonId | undefined): void {
    if (owner === person) return;
    this.#takeBack(badge, owner);
    const collected = this.#of(person);
    collected.badges.add(badge);
    collected.badgesAdded += 1;
  }

  #takeBack(badge: BadgeId, owner: PersonId | undefined): void {
    if (owner === undefined) return;
    const collected = this.#of(owner);
    collected.badges.add(badge);
    collected.badgesRemoved += 1;
  }
}

const hasChanged = ({ templates, badgesAdded, badgesRemoved, fields }: CollectedAct): boolean =>
  templates + badgesAdded + badgesRemoved > 0 || Object.keys(fields).length > 0;

function actOf({ act, person, badges, templates, badgesAdded, badgesRemoved, fields }: CollectedAct): Act {
  const counts = { templates, badges_added: badgesAdded, badges_removed: badgesRemoved };
  const nonZero = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  // Fields that are undefined are left out of the row.
  return {
    act,
    person,
    badge: badges.size === 0 ? undefined : [...badges].join(' '),
    ...fields,
    ...nonZero,
  } as Act;
}

const iso = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());

/** The name itself is not recorded: only that it changed. */
function differences(before: Person | undefined, after: Person): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  if (before !== undefined && before.name !== after.name) fields.changed = 'name';
  const agreed = ({ consent }: Person): string =>
    JSON.stringify([consent?.textVersion, consent?.givenAt, consent?.until]);
  if (agreed(before ?? NO_PERSON) !== agreed(after)) {
    fields.consent = after.consent?.textVersion ?? null;
    if (after.consent?.until !== undefined) fields.consent_until = iso(after.consent.until);
  }
  if (before?.validFrom !== after.validFrom) fields.valid_from = iso(after.validFrom);
  if (before?.validUntil !== after.validUntil) fields.valid_until = iso(after.validUntil);
  const [had, has] = [before?.groups ?? [], after.groups ?? []];
  const added = has.filter((group) => !had.includes(group));
  const removed = had.filter((group) => !has.includes(group));
  if (added.length > 0) fields.groups_added = added;
  if (removed.length > 0) fields.groups_removed = removed;
  return fields;
}

const NO_PERSON: Person = { id: '' as PersonId, name: '' };

async function personIn(sql: Sql, person: PersonId): Promise<Person | undefined> {
  const row = await sql.one<PersonRow>(`SELECT ${PERSON_COLUMNS} FROM people WHERE id = ?`, person);
  return row === undefined ? undefined : personOf(row);
}

/** The stored holder of the badge in any spelling, revoked or not. */
const ownerIn = async (sql: Sql, badge: string, tag: BadgeTag): Promise<PersonId | undefined> =>
  (await badgeRowsIn(sql, badge, tag))[0]?.person;
