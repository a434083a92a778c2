/** Stores the trusted metadata of the fleet, and what is in use under it, in the database of the gallery. */
import { wallTime } from '../../base/units.js';
import { type Sql, unusableStorage } from '../../records/sql-port.js';
import type { GalleryUpdate, StoredTrust } from '../fleet-ports.js';
import { NO_TRUSTED_VERSIONS, trustedVersionsSchema } from '../tuf/trusted-versions.js';

interface Row {
  readonly floors: string | null;
  readonly time_floor_ms: number;
  readonly signed_at_ms: number | null;
  readonly expires_ms: number | null;
}

/** @throws TwinstileError 'gallery-unusable' when the floors cannot be read: without them old galleries look new. */
export async function loadTrust(sql: Sql): Promise<StoredTrust> {
  const row = await sql.one<Row>('SELECT floors, time_floor_ms, signed_at_ms, expires_ms FROM fleet_state');
  const pieces = await sql.all<{ readonly role: string; readonly body: Uint8Array }>(
    'SELECT role, body FROM fleet_trust',
  );
  const {
    floors: trustedVersions = null,
    time_floor_ms = 0,
    signed_at_ms = null,
    expires_ms = null,
  } = row ?? {};
  return {
    pieces: new Map(pieces.map(({ role, body }) => [role, Buffer.from(body)])),
    trustedVersions: trustedVersions === null ? NO_TRUSTED_VERSIONS : readTrustedVersions(trustedVersions),
    trustedTime: wallTime(time_floor_ms),
    freshness:
      signed_at_ms === null || expires_ms === null
        ? undefined
        : { signedAt: wallTime(signed_at_ms), expires: wallTime(expires_ms) },
  };
}

function readTrustedVersions(text: string) {
  try {
    return trustedVersionsSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw unusableStorage(
      'the versions of the fleet’s metadata that were seen here',
      'something else',
      'Find out who wrote to the database, and restore it from a backup.',
      cause,
    );
  }
}

export async function saveTrust(
  sql: Sql,
  { pieces, trustedVersions, trustedTime, freshness }: StoredTrust,
): Promise<void> {
  await sql.run(
    `UPDATE fleet_state SET floors = ?, time_floor_ms = max(time_floor_ms, ?), signed_at_ms = ?, expires_ms = ?`,
    JSON.stringify(trustedVersions),
    trustedTime,
    freshness?.signedAt ?? null,
    freshness?.expires ?? null,
  );
  await sql.run(
    'DELETE FROM fleet_trust WHERE role NOT IN (SELECT value FROM json_each(?))',
    JSON.stringify([...pieces.keys()]),
  );
  for (const [role, body] of pieces)
    await sql.run(
      `INSERT INTO fleet_trust VALUES (?, ?)
         ON CONFLICT (role) DO UPDATE SET body = excluded.body WHERE body IS NOT excluded.body`,
      role,
      body,
    );
}

/** Stores what is in use from now on, and the trust it rests on: in the transaction that changes the gallery. */
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
