/** Who is in the tables, with badges and templates? */
import type { BadgeId, ModelDigest, PersonId } from '../base/ids.js';
import { wallTime } from '../base/units.js';
import type { Consent, Person } from '../gallery/person.js';
import type { Enrolled } from '../ports/gallery-store.js';
import type { Sql, Value } from '../ports/tables.js';

export interface PersonRow {
  readonly id: PersonId;
  readonly name: string;
  readonly consent_text: string | null;
  readonly consent_given_at_ms: number | null;
  readonly consent_until_ms: number | null;
  readonly valid_from_ms: number | null;
  readonly valid_until_ms: number | null;
  readonly member_of: string;
}

interface BadgeRow {
  readonly id: BadgeId;
  readonly person: PersonId;
}

interface TemplateRow {
  readonly person: PersonId;
  readonly digest: ModelDigest;
  readonly source: string;
  readonly createdAt: number;
}

export const PERSON_COLUMNS =
  'id, name, consent_text, consent_given_at_ms, consent_until_ms, valid_from_ms, valid_until_ms, member_of';

/** In the order of their ids. @param person everybody when absent. */
export async function readEnrolled(sql: Sql, person?: PersonId): Promise<readonly Enrolled[]> {
  const whom = person === undefined ? [] : [person];
  const where = (column: string) => (person === undefined ? '' : `WHERE ${column} = ?`);
  const people = await sql.all<PersonRow>(
    `SELECT ${PERSON_COLUMNS} FROM people ${where('id')} ORDER BY id`,
    ...whom,
  );
  const badges = byPerson(
    await sql.all<BadgeRow>(`SELECT id, person FROM badges ${where('person')} ORDER BY id`, ...whom),
  );
  const templates = byPerson(
    await sql.all<TemplateRow>(
      `SELECT person, digest, source, created_at_ms AS "createdAt" FROM templates ${where('person')}
        ORDER BY created_at_ms, source`,
      ...whom,
    ),
  );
  return people.map((row) => ({
    person: personOf(row),
    badges: (badges.get(row.id) ?? []).map(({ id }) => id),
    templates: (templates.get(row.id) ?? []).map(({ digest, source, createdAt }) => ({
      digest,
      source,
      createdAt,
    })),
  }));
}

function byPerson<Row extends { readonly person: PersonId }>(
  rows: readonly Row[],
): ReadonlyMap<PersonId, readonly Row[]> {
  const groups = new Map<PersonId, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.person);
    if (group === undefined) groups.set(row.person, [row]);
    else group.push(row);
  }
  return groups;
}

/** Who holds it and may use it; a revoked badge, and one of a revoked person, is nobody's. */
export async function holderIn(sql: Sql, badge: BadgeId): Promise<PersonId | undefined> {
  const row = await sql.one<{ readonly person: PersonId }>(
    `SELECT person FROM badges WHERE id = ?
        AND id NOT IN (SELECT id FROM revoked WHERE kind = 'badge')
        AND person NOT IN (SELECT id FROM revoked WHERE kind = 'person')`,
    badge,
  );
  return row?.person;
}

/** In the order of PERSON_COLUMNS. */
export const columnsOf = ({ id, name, consent, validFrom, validUntil, groups }: Person): readonly Value[] => [
  id,
  name,
  consent?.textVersion ?? null,
  consent?.givenAt ?? null,
  consent?.until ?? null,
  validFrom ?? null,
  validUntil ?? null,
  (groups ?? []).join(' '),
];

export function personOf(row: PersonRow): Person {
  return {
    id: row.id,
    name: row.name,
    // A text without a name was agreed to by nobody.
    ...(row.consent_text === null || row.consent_text.trim() === '' || row.consent_given_at_ms === null
      ? {}
      : { consent: consentOf(row.consent_text, row.consent_given_at_ms, row.consent_until_ms) }),
    ...(row.valid_from_ms === null ? {} : { validFrom: wallTime(row.valid_from_ms) }),
    ...(row.valid_until_ms === null ? {} : { validUntil: wallTime(row.valid_until_ms) }),
    ...(row.member_of === '' ? {} : { groups: row.member_of.split(' ') }),
  };
}

const consentOf = (textVersion: string, givenAt: number, until: number | null): Consent => ({
  textVersion,
  givenAt: wallTime(givenAt),
  ...(until === null ? {} : { until: wallTime(until) }),
});
