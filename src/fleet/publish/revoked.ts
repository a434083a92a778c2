/** Who was revoked, and is not yet gone from a published gallery? */
import { type BadgeId, badgeId, type PersonId, personId } from '../../base/ids.js';
import { badgeKey, idKey, readBadgeText } from '../../base/names.js';
import type { WallTime } from '../../base/units.js';
import { type ActSource, recordActIn } from '../../records/journal/act.js';
import { type BadgeTag, tombstoneRevoked } from '../../records/people/tombstones.js';
import type { Sql, Tables } from '../../records/sql-port.js';
import type { Revocation } from '../fleet-ports.js';

/**
 * Puts a revocation into the tables; the gallery's version rises, so that every lane loads it again.
 * @param tombstones where lanes are: tags the badges, so that they stay known when a published version has forgotten them.
 */
export async function revokeIn(
  sql: Sql,
  { serial, people, badges }: Revocation,
  tombstones?: { readonly tag: BadgeTag; readonly at: WallTime },
): Promise<void> {
  const put = `INSERT INTO revoked VALUES (?, ?, ?)
    ON CONFLICT (kind, id) DO UPDATE SET serial =
      CASE WHEN excluded.serial > revoked.serial THEN excluded.serial ELSE revoked.serial END`;
  for (const person of people) await sql.run(put, 'person', person, serial);
  for (const badge of badges) {
    // As it was written, and as it is compared.
    for (const id of new Set([badge, readBadgeText(badge) ?? badge])) await sql.run(put, 'badge', id, serial);
    if (tombstones !== undefined) await tombstoneRevoked(sql, tombstones.tag(badge), tombstones.at);
  }
  await sql.run('UPDATE gallery_state SET version = version + 1');
}

/** What of it is not in the tables yet: a message that is played back changes nothing and is no row of the journal. */
export async function notYetRevoked(sql: Sql, { serial, people, badges }: Revocation): Promise<Revocation> {
  const rows = await sql.all<{ readonly kind: string; readonly id: string }>(
    'SELECT kind, id FROM revoked WHERE serial >= ?',
    serial,
  );
  const known = new Set(rows.map(({ kind, id }) => `${kind} ${id}`));
  return {
    serial,
    people: people.filter((person) => !known.has(`person ${person}`)),
    badges: badges.filter((badge) => !known.has(`badge ${badge}`)),
  };
}

export async function revokedIn(sql: Sql): Promise<readonly Revocation[]> {
  const rows = await sql.all<{ readonly kind: string; readonly id: string; readonly serial: number }>(
    'SELECT kind, id, serial FROM revoked ORDER BY serial, id',
  );
  return rows.map(({ kind, id, serial }) => ({
    serial,
    people: kind === 'person' ? [personId(id)] : [],
    badges: kind === 'badge' ? [badgeId(id)] : [],
  }));
}

/** The registrar's own revocation, with the next number. @returns what is to be sent to the boxes. */
export async function revokeAtRegistrar(
  tables: Tables,
  people: readonly PersonId[],
  badges: readonly BadgeId[],
  acts: ActSource,
): Promise<Revocation> {
  return tables.write(async (sql) => {
    const serial = await nextSerial(sql);
    const revocation = { serial, people, badges };
    await revokeIn(sql, revocation);
    await noteRevoked(sql, acts, 'revoked', revocation);
    return revocation;
  });
}

/** May match again, from the next version on. */
export async function undoRevocation(
  tables: Tables,
  people: readonly PersonId[],
  badges: readonly BadgeId[],
  acts: ActSource,
): Promise<void> {
  await tables.write(async (sql) => {
    // The version that has them again must be newer than every word against them.
    const serial = await nextSerial(sql);
    await noteRevoked(sql, acts, 'revocation-undone', { serial, people, badges });
    for (const person of people)
      await sql.run(`DELETE FROM revoked WHERE kind = 'person' AND lower(id) = ?`, idKey(person));
    for (const badge of badges)
      await sql.run(
        `DELETE FROM revoked WHERE kind = 'badge' AND ${sql.among('lower(id)')}`,
        JSON.stringify([badgeKey(badge), idKey(badge)]),
      );
    await sql.run('UPDATE gallery_state SET version = version + 1');
  });
}

/** One row for each, so that erasing one of them keeps the rows of the others. */
export async function noteRevoked(
  sql: Sql,
  acts: ActSource,
  act: 'revoked' | 'revocation-undone',
  { serial, people, badges }: Revocation,
): Promise<void> {
  for (const person of people) await recordActIn(sql, acts, { act, serial, person });
  for (const badge of badges) await recordActIn(sql, acts, { act, serial, badge });
}

async function nextSerial(sql: Sql): Promise<number> {
  await sql.run('UPDATE fleet_state SET revocations = revocations + 1');
  return (
    (await sql.one<{ readonly revocations: number }>('SELECT revocations FROM fleet_state'))?.revocations ?? 1
  );
}
