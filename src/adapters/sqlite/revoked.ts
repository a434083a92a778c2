/** Who was revoked, and is not yet gone from a published gallery? */
import { badgeId, personId } from '../../base/ids.js';
import type { Revocation } from '../../ports/fleet.js';
import type { Sql } from './connection.js';

/** The gallery's version rises, so that every lane loads it anew. */
export async function revokeIn(sql: Sql, { serial, people, badges }: Revocation): Promise<void> {
  const put = `INSERT INTO revoked VALUES (?, ?, ?)
    ON CONFLICT (kind, id) DO UPDATE SET serial = max(serial, excluded.serial)`;
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
