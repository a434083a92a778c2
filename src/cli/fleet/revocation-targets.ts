/** Whom a revocation means: the people and badges that it names, as the registrar has them. */

import { type BadgeId, type PersonId, personId } from '../../base/ids.js';
import { badgeKey, idKey } from '../../base/names.js';
import { readEnrolled } from '../../records/people/gallery-people.js';
import type { Enrolled } from '../../records/people/gallery-store.js';
import type { Sql } from '../../records/sql-port.js';
import { briefOf, nearestIds } from '../person-lines.js';

interface Named {
  readonly people: readonly PersonId[];
  readonly badges: readonly BadgeId[];
}

/**
 * Describes each person and badge in a line. What is not enrolled here can be revoked all the same: it may be at a box, and
 * the line has the nearest ids, in case it is mistyped.
 */
export async function revocationLines(sql: Sql, { people, badges }: Named): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const person of people) {
    const found = await enrolledAs(sql, 'SELECT id AS person FROM people WHERE lower(id) = ?', idKey(person));
    const brief = found.length === 0 ? await unknownLine(sql, person) : found.map(briefOf).join('; ');
    lines.push(`person ${brief}${await revokedNote(sql, 'person', [idKey(person)])}`);
  }
  for (const badge of badges) {
    const keys = [...new Set([badgeKey(badge), idKey(badge)])];
    const holders = await enrolledAs(
      sql,
      `SELECT DISTINCT person FROM badges WHERE ${sql.among('lower(id)')}`,
      JSON.stringify(keys),
    );
    const whose = holders.length === 0 ? 'of nobody enrolled here' : `of ${holders.map(briefOf).join('; ')}`;
    lines.push(`badge ${badge}, ${whose}${await revokedNote(sql, 'badge', keys)}`);
  }
  return lines;
}

/** All people that a query finds, in any spelling of the id. */
async function enrolledAs(sql: Sql, query: string, value: string): Promise<readonly Enrolled[]> {
  const rows = await sql.all<{ readonly person: string }>(query, value);
  const found: Enrolled[] = [];
  for (const { person } of rows) found.push(...(await readEnrolled(sql, personId(person))));
  return found;
}

async function unknownLine(sql: Sql, person: PersonId): Promise<string> {
  const known = await sql.all<{ readonly id: string }>('SELECT id FROM people');
  const near = nearestIds(
    person,
    known.map(({ id }) => id),
  );
  return `${person}, not enrolled here${near.length === 0 ? '' : `; nearest: ${near.join(', ')}`}`;
}

async function revokedNote(sql: Sql, kind: 'person' | 'badge', keys: readonly string[]): Promise<string> {
  const found = await sql.one(
    `SELECT 1 AS found FROM revoked WHERE kind = ? AND ${sql.among('lower(id)')}`,
    kind,
    JSON.stringify(keys),
  );
  return found === undefined ? '' : ' (revoked now)';
}
