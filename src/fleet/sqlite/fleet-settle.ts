/** Stores what is in use from now on, and the trust it rests on: in the transaction that changes the gallery. */

import type { Sql } from '../../records/sql-port.js';
import type { GalleryUpdate } from '../fleet-ports.js';
import { saveTrust } from './trust-store.js';

export async function saveApplied(sql: Sql, update: GalleryUpdate): Promise<void> {
  const segments = JSON.stringify([...update.segments]);
  await sql.run(
    'DELETE FROM fleet_segments WHERE bucket NOT IN (SELECT value ->> 0 FROM json_each(?))',
    segments,
  );
  await sql.run(
    `INSERT INTO fleet_segments SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE true
       ON CONFLICT (bucket) DO UPDATE SET sha256 = excluded.sha256 WHERE sha256 <> excluded.sha256`,
    segments,
  );
  await sql.run('DELETE FROM revoked WHERE serial <= ?', update.revokedThrough);
  await saveTrust(sql, update.trust);
  await sql.run(
    `UPDATE fleet_state SET part = 'follows', serial = ?, manifest = ?, bits = ?, shelves = ?,
       revocations = max(revocations, ?)`,
    update.serial,
    update.manifest,
    update.bits,
    JSON.stringify(update.segmentIndexes),
    update.revokedThrough,
  );
}
