/** Who of these people came with the published gallery? What a box changes of them comes back with the next version. */
import type { PersonId } from '../../base/ids.js';
import type { Sql } from '../../records/sql-port.js';

export async function fromFleetAmong(sql: Sql, people: readonly PersonId[]): Promise<readonly PersonId[]> {
  const rows = await sql.all<{ readonly person: PersonId }>(
    `SELECT person FROM fleet_people WHERE ${sql.among('person')} ORDER BY person`,
    JSON.stringify(people),
  );
  return rows.map(({ person }) => person);
}
