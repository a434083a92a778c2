/** What of a published gallery is not in use here, until a later version has it in order. */
import type { PersonId } from '../../base/ids.js';
import { hashSlotOf, shardAt } from '../../records/people/shard.js';
import type { Sql } from '../../records/sql-port.js';
import type { LeftOut } from '../fleet-ports.js';

interface ReplacedShards {
  readonly replaced: readonly number[];
  readonly bits: number;
  readonly leftOut: readonly LeftOut[];
  /** People of the fleet who have one badge together: it is neither's. */
  readonly contested: readonly PersonId[];
}

/** After the new version is in the tables, in the same transaction. */
export async function settleLeftOut(
  sql: Sql,
  { replaced, bits, leftOut, contested }: ReplacedShards,
): Promise<void> {
  await sql.run(
    'DELETE FROM fleet_left_out WHERE bucket >= ? OR bucket IN (SELECT value FROM json_each(?))',
    2 ** bits,
    JSON.stringify(replaced),
  );
  const badges = contested.map((person) => ({
    kind: 'badge' as const,
    bucket: shardAt(hashSlotOf(person), bits),
    why: 'Expected one holder of a badge, got two',
  }));
  for (const { bucket, kind, why } of [...leftOut, ...badges])
    await sql.run('INSERT INTO fleet_left_out VALUES (?, ?, ?)', bucket, kind, why);
  if (contested.length === 0) return;
  // With the next version both are read again, also the one whose segment has not changed.
  const people = JSON.stringify(contested);
  await sql.run(`UPDATE fleet_people SET digest = '' WHERE ${sql.among('person')}`, people);
  await sql.run(
    'DELETE FROM fleet_segments WHERE bucket IN (SELECT value FROM json_each(?))',
    JSON.stringify(badges.map(({ bucket }) => bucket)),
  );
  await sql.run(`UPDATE fleet_state SET shelves = '[]'`);
}

export const leftOutIn = (sql: Sql): Promise<readonly LeftOut[]> =>
  sql.all<LeftOut>('SELECT kind, bucket, why FROM fleet_left_out ORDER BY bucket, kind');
