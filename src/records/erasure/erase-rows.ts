/** Erases people from the gallery's tables, without a trace in the notes for the next publishing. */
import type { BadgeId, PersonId } from '../../base/ids.js';
import { hashSlotOf } from '../people/shard.js';
import type { Sql } from '../sql-port.js';

interface ErasedRows {
  readonly people: number;
  readonly templates: number;
  readonly badges: readonly BadgeId[];
  /** Of these badges an HMAC is kept, so that none becomes a visitor's: see tombstones.ts. */
  readonly tombstones: number;
}

/**
 * Deletes their revocations as well, except on a box that follows a fleet: there they stay until a published version
 * contains them. The gallery's version rises.
 */
export async function eraseIn(sql: Sql, people: readonly PersonId[]): Promise<ErasedRows> {
  const ids = JSON.stringify(people);
  const rows = await sql.all<{ readonly id: BadgeId; readonly tag: Uint8Array | null }>(
    `SELECT id, tag FROM badges WHERE ${sql.among('person')}`,
    ids,
  );
  const badges = rows.map(({ id }) => id);
  const templates = await sql.one<{ readonly count: number }>(
    `SELECT count(*) AS count FROM templates WHERE ${sql.among('person')}`,
    ids,
  );
  // Badges, templates and access state cascade; this comes before the revocations, which decide the cause of tombstones.
  const removed = await sql.run(`DELETE FROM people WHERE ${sql.among('id')}`, ids);
  const part = (await sql.one<{ readonly part: string }>('SELECT part FROM fleet_state'))?.part;
  if (part !== 'follows') {
    await sql.run(`DELETE FROM revoked WHERE kind = 'person' AND ${sql.among('id')}`, ids);
    await sql.run(`DELETE FROM revoked WHERE kind = 'badge' AND ${sql.among('id')}`, JSON.stringify(badges));
  }
  await sql.run(`DELETE FROM changed_people WHERE ${sql.among('person')}`, ids);
  if (part === 'publishes') await noteNeighbours(sql, people);
  await sql.run('UPDATE gallery_state SET version = version + 1');
  return {
    people: removed,
    templates: templates?.count ?? 0,
    badges,
    tombstones: rows.filter(({ tag }) => tag !== null).length,
  };
}

/** Whether other boxes hold these people, too, until the gallery is published again. */
export const isPublished = async (sql: Sql): Promise<boolean> =>
  (await sql.one(`SELECT 1 FROM fleet_state WHERE part = 'publishes'`)) !== undefined;

/**
 * Notes neighbours instead of the erased ids: their segments must be rewritten at the next publishing, and a note with an erased id
 * would outlive it. A segment is a range of hash slots: if it holds another person, it also holds the nearest one before or after.
 */
async function noteNeighbours(sql: Sql, erased: readonly PersonId[]): Promise<void> {
  const left = (await sql.all<{ readonly id: PersonId }>('SELECT id FROM people'))
    .map(({ id }) => ({ id, place: hashSlotOf(id) }))
    .sort((a, b) => a.place - b.place);
  const noted = new Set<PersonId>();
  for (const place of erased.map(hashSlotOf)) {
    const next = left.findIndex((one) => one.place >= place);
    const [before, after] = next === -1 ? [left.at(-1), undefined] : [left[next - 1], left[next]];
    for (const one of [before, after]) if (one !== undefined) noted.add(one.id);
  }
  if (noted.size === 0) return;
  await sql.run('UPDATE change_mark SET mark = mark + 1');
  for (const person of noted)
    await sql.run(
      `INSERT INTO changed_people SELECT CAST(? AS TEXT), mark FROM change_mark WHERE true
        ON CONFLICT (person) DO UPDATE SET mark = excluded.mark`,
      person,
    );
}
