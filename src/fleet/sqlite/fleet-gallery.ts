/** A gallery that follows the fleet: what was published takes the place of what was, in one transaction. */

import type { PersonId } from '../../base/ids.js';
import type { ActSource } from '../../records/journal/act.js';
import { TemplateCipher } from '../../records/people/template-cipher.js';
import { openBadgeTags } from '../../records/people/tombstones.js';
import type { Database } from '../../records/sql/sqlite/sqlite-database.js';
import type { Sql } from '../../records/sql-port.js';
import type { AppliedGallery, FleetGallery, Revocation } from '../fleet-ports.js';
import { noteRevoked, notYetRevoked, revokeIn } from '../publish/revoked.js';
import { openIntake } from './fleet-intake.js';
import { loadTrust, saveTrust } from './trust-store.js';

/**
 * The database stays the caller's to close. What is taken over is written into the journal in the same transaction.
 * @param key of the gallery, 32 bytes. @throws TwinstileError 'gallery-locked'.
 */
export async function openFleetGallery(
  database: Database,
  key: Uint8Array,
  acts: ActSource,
): Promise<FleetGallery> {
  const cipher = new TemplateCipher(key);
  const tag = await database.write(async (sql) => {
    await cipher.unlock(sql);
    return openBadgeTags(sql, cipher);
  });
  return {
    load: () => database.read(loadTrust),
    save: (trust) => database.write((sql) => saveTrust(sql, trust)),
    applied: () => database.survey(appliedIn),
    receive: (bits) => openIntake(database, { cipher, tag, acts }, bits),
    revoke: (revocation: Revocation) =>
      database.write(async (sql) => {
        const state = await sql.one<{ readonly revocations: number }>('SELECT revocations FROM fleet_state');
        if (revocation.serial <= (state?.revocations ?? 0)) return false;
        const fresh = await notYetRevoked(sql, revocation);
        if (fresh.people.length + fresh.badges.length === 0) return false;
        await revokeIn(sql, fresh, { tag, at: acts.now() });
        await noteRevoked(sql, acts, 'revoked', fresh);
        return true;
      }),
  };
}

async function appliedIn(sql: Sql): Promise<AppliedGallery | undefined> {
  const state = await sql.one<{
    readonly serial: number | null;
    readonly manifest: string | null;
    readonly bits: number | null;
    readonly shelves: string;
  }>('SELECT serial, manifest, bits, shelves FROM fleet_state');
  if (state === undefined || state.serial === null || state.manifest === null || state.bits === null)
    return undefined;
  const segments = await sql.all<{ readonly bucket: number; readonly sha256: string }>(
    'SELECT bucket, sha256 FROM fleet_segments',
  );
  return {
    serial: state.serial,
    manifest: state.manifest,
    bits: state.bits,
    segmentIndexes: JSON.parse(state.shelves) as readonly string[],
    segments: new Map(segments.map(({ bucket, sha256 }) => [bucket, sha256])),
  };
}

/** Who of these people came with the published gallery? What a box changes of them comes back with the next version. */
export async function fromFleetAmong(sql: Sql, people: readonly PersonId[]): Promise<readonly PersonId[]> {
  const rows = await sql.all<{ readonly person: PersonId }>(
    `SELECT person FROM fleet_people WHERE ${sql.among('person')} ORDER BY person`,
    JSON.stringify(people),
  );
  return rows.map(({ person }) => person);
}
