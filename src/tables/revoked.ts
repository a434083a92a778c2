/** Who was revoked, and is not yet gone from a published gallery? */
import { type BadgeId, badgeId, type PersonId, personId } from '../base/ids.js';
import type { Revocation } from '../ports/fleet.js';
import type { Sql, Tables } from '../ports/tables.js';

/** The gallery's version rises, so that every lane loads it anew. */
export async function revokeIn(sql: Sql, { serial, people, badges }: Revocation): Promise<void> {
  const put = `INSERT INTO revoked VALUES (?, ?, ?)
    ON CONFLICT (kind, id) DO UPDATE SET serial =
      CASE WHEN excluded.serial > revoked.serial THEN excluded.serial ELSE revoked.serial END`;
  for (const person of people) await sql.run(put, 'person', person, serial);
  for (const badge of badges) await sql.run(put, 'badge', badge, serial);
  await sql.run('UPDATE gallery_state SET version = version + 1');
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

/** The registrar's own revocation, with the next number. @returns what is to be told. */
export async function revokeHere(
  tables: Tables,
  people: readonly PersonId[],
  badges: readonly BadgeId[],
): Promise<Revocation> {
  return tables.write(async (sql) => {
    const serial = await nextSerial(sql);
    const revocation = { serial, people, badges };
    await revokeIn(sql, revocation);
    return revocation;
  });
}

/** May match again, from the next version on. */
export async function restoreHere(
  tables: Tables,
  people: readonly PersonId[],
  badges: readonly BadgeId[],
): Promise<void> {
  await tables.write(async (sql) => {
    // The version that has them again must be newer than every word against them.
    await nextSerial(sql);
    for (const person of people)
      await sql.run(`DELETE FROM revoked WHERE kind = 'person' AND id = ?`, person);
    for (const badge of badges) await sql.run(`DELETE FROM revoked WHERE kind = 'badge' AND id = ?`, badge);
    await sql.run('UPDATE gallery_state SET version = version + 1');
  });
}

async function nextSerial(sql: Sql): Promise<number> {
  await sql.run('UPDATE fleet_state SET revocations = revocations + 1');
  return (
    (await sql.one<{ readonly revocations: number }>('SELECT revocations FROM fleet_state'))?.revocations ?? 1
  );
}
