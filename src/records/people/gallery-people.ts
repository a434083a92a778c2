/** Reads people with their badges and templates from the tables. */
import type { BadgeId, ModelDigest, PersonId } from '../../base/ids.js';
import { badgeKey, escapeForbidden, idKey, MAX_NAME_LENGTH, readName } from '../../base/names.js';
import { wallTime } from '../../base/units.js';
import {
  type CaptureCondition,
  readCondition,
  UNKNOWN_CONDITION,
} from '../../biometrics/conditions/capture-condition.js';
import type { Sql, Value } from '../sql-port.js';
import type { BadgeStanding, Enrolled } from './gallery-store.js';
import type { Consent, Person } from './person.js';
import { type BadgeTag, tombstoneCauseIn } from './tombstones.js';

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
  readonly condition: string;
}

export const PERSON_COLUMNS =
  'id, name, consent_text, consent_given_at_ms, consent_until_ms, valid_from_ms, valid_until_ms, member_of';

/** Ordered by id. @param person all people when absent. */
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
      `SELECT person, digest, source, created_at_ms AS "createdAt", condition FROM templates ${where('person')}
        ORDER BY created_at_ms, source`,
      ...whom,
    ),
  );
  return people.map((row) => ({
    person: personOf(row),
    badges: (badges.get(row.id) ?? []).map(({ id }) => id),
    templates: (templates.get(row.id) ?? []).map(({ digest, source, createdAt, condition }) => ({
      digest,
      source,
      createdAt,
      condition: conditionOf(condition),
    })),
  }));
}

/** Reads a stored condition; one that a later version wrote counts as not recorded. */
export const conditionOf = (stored: string): CaptureCondition => readCondition(stored) ?? UNKNOWN_CONDITION;

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

/** All rows of one card, whichever way each is written: all of them have one tag. */
export async function badgeRowsIn(sql: Sql, badge: string, tag: BadgeTag): Promise<readonly BadgeRow[]> {
  const rows = await sql.all<BadgeRow>('SELECT id, person FROM badges WHERE tag = ? ORDER BY id', tag(badge));
  if (rows.length > 0) return rows;
  // A row whose tag is damaged must not be taken for none, and its badge for a visitor's.
  return sql.all<BadgeRow>(
    'SELECT id, person FROM badges WHERE id = ? OR id = ? ORDER BY id',
    badge,
    badgeKey(badge),
  );
}

/** Finds the holder of a badge, or why it must not be used. A denial counts in any spelling. */
export async function standingIn(sql: Sql, badge: BadgeId, tag: BadgeTag): Promise<BadgeStanding> {
  const rows = await badgeRowsIn(sql, badge, tag);
  const [first] = rows;
  const people = [...new Set(rows.map(({ person }) => person))];
  if (
    (await isRevokedBadge(sql, badge)) ||
    (people.length > 0 && (await isRevoked(sql, 'person', people.map(idKey))))
  )
    return { kind: 'revoked', badge: first?.id ?? badge, person: first?.person };
  if (people.length > 1) return { kind: 'ambiguous', badge, people };
  if (first !== undefined) return { kind: 'held', badge: first.id, person: first.person };
  const cause = await tombstoneCauseIn(sql, tag(badge));
  if (cause === 'revoked') return { kind: 'revoked', badge, person: undefined };
  return { kind: cause ?? 'foreign', badge };
}

/** As it is compared, and as an older version may have stored it. */
export const isRevokedBadge = (sql: Sql, badge: string): Promise<boolean> =>
  isRevoked(sql, 'badge', [badgeKey(badge), badge.trim().toLowerCase()]);

const isRevoked = async (sql: Sql, kind: 'badge' | 'person', ids: readonly string[]): Promise<boolean> =>
  (await sql.one(
    `SELECT 1 AS found FROM revoked WHERE kind = ? AND ${sql.among('lower(id)')}`,
    kind,
    JSON.stringify(ids),
  )) !== undefined;

/** People whose ids mean the same, from before that was refused. */
export async function idClashesIn(sql: Sql): Promise<readonly (readonly Person[])[]> {
  const rows = await sql.all<PersonRow>(
    `SELECT ${PERSON_COLUMNS} FROM people WHERE lower(id) IN
       (SELECT lower(id) FROM people GROUP BY lower(id) HAVING count(*) > 1) ORDER BY id`,
  );
  const groups = new Map<string, Person[]>();
  for (const row of rows) groups.set(idKey(row.id), [...(groups.get(idKey(row.id)) ?? []), personOf(row)]);
  return [...groups.values()];
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

/** What an older version stored against today's rules is read in a form that they take. */
export function personOf(row: PersonRow): Person {
  return {
    id: row.id,
    name: nameOf(row),
    // An empty version is consent to nothing.
    consent:
      row.consent_text === null || row.consent_given_at_ms === null || row.consent_text.trim() === ''
        ? undefined
        : consentOf(row.consent_text, row.consent_given_at_ms, row.consent_until_ms),
    validFrom: row.valid_from_ms === null ? undefined : wallTime(row.valid_from_ms),
    validUntil: row.valid_until_ms === null ? undefined : wallTime(row.valid_until_ms),
    groups: row.member_of === '' ? undefined : eachOnce(row.member_of.split(' ')),
  };
}

/** A line break or an escape of a stored name is shown, and does not write. */
function nameOf({ id, name }: PersonRow): string {
  const read = readName(name);
  if (read.kind === 'name') return name;
  const shown = readName(escapeForbidden(name).slice(0, MAX_NAME_LENGTH));
  return shown.kind === 'name' ? shown.name : id;
}

/** Two spellings of one group are one group. */
const eachOnce = (groups: readonly string[]): readonly string[] =>
  [...new Map(groups.toReversed().map((group) => [idKey(group), group])).values()].toReversed();

const consentOf = (textVersion: string, givenAt: number, until: number | null): Consent => ({
  textVersion,
  givenAt: wallTime(givenAt),
  until: until === null ? undefined : wallTime(until),
});

/** Rises by one with every change that was applied. */
export async function versionIn(sql: Sql): Promise<number> {
  const state = await sql.one<{ readonly version: number }>('SELECT version FROM gallery_state');
  return state?.version ?? 0;
}
