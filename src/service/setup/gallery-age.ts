/** Reports which published gallery is in use here, and the age of the newest information about it. */

import { type Millis, millis, type WallTime } from '../../base/units.js';
import type { LeftOut } from '../../fleet/fleet-ports.js';
import { revokedIn } from '../../fleet/publish/revoked.js';
import { leftOutIn } from '../../fleet/sqlite/fleet-rows.js';
import { loadTrust } from '../../fleet/sqlite/trust-store.js';
import { type FreshnessState, freshnessStateOf, trustedTimeOf } from '../../fleet/tuf/trusted-versions.js';
import type { Database } from '../../records/sql/sqlite/sqlite-database.js';
import type { Sql } from '../../records/sql-port.js';
import type { Config } from '../config/config-schema.js';

export interface FollowedGalleryStatus {
  readonly serial?: number;
  readonly people: number;
  readonly signedAt?: WallTime;
  readonly expires?: WallTime;
  readonly freshnessLimit: FreshnessState;
  /** Parts of the published gallery that are not in use here. */
  readonly leftOut: readonly LeftOut[];
  readonly revoked: readonly { readonly kind: 'person' | 'badge'; readonly id: string }[];
}

/** State of the published gallery in use; undefined before the first one. */
export async function serialIn(sql: Sql): Promise<number | undefined> {
  const row = await sql.one<{ readonly serial: number | null }>('SELECT serial FROM fleet_state');
  return row?.serial ?? undefined;
}

export const graceOf = ({ gallery }: Config): Millis => millis((gallery.fleet?.grace_h ?? 0) * 3_600_000);

/** Reads everything in one snapshot, so that a version taken meanwhile is not mixed with the previous one. */
export async function fleetStatus(
  database: Pick<Database, 'read'>,
  config: Config,
  clock: WallTime,
): Promise<FollowedGalleryStatus> {
  const { trust, state, revoked, leftOut } = await database.read(async (sql) => ({
    trust: await loadTrust(sql),
    state: await sql.one<{ readonly serial: number | null; readonly people: number }>(
      'SELECT serial, (SELECT count(*) FROM fleet_people) AS people FROM fleet_state',
    ),
    revoked: await revokedIn(sql),
    leftOut: await leftOutIn(sql),
  }));
  const { freshness, trustedTime: timeFloor } = trust;
  return {
    leftOut,
    serial: state?.serial == null ? undefined : state.serial,
    people: state?.people ?? 0,
    ...(freshness ?? {}),
    freshnessLimit: freshnessStateOf(freshness, trustedTimeOf(clock, timeFloor), graceOf(config)),
    revoked: revoked.flatMap(({ people, badges }) => [
      ...people.map((id) => ({ kind: 'person' as const, id })),
      ...badges.map((id) => ({ kind: 'badge' as const, id })),
    ]),
  };
}
