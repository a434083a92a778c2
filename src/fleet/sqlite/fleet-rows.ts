/** The rows of a new version of the gallery, in hundreds, because each statement is a walk to another thread and back; and of what is left out of it. */
import type { BadgeId, ModelDigest, PersonId } from '../../base/ids.js';
import type { CaptureCondition } from '../../biometrics/conditions/capture-condition.js';
import type { Person } from '../../records/people/person.js';
import { hashSlotOf, shardAt } from '../../records/people/shard.js';
import { tombstoneUnheld } from '../../records/people/tombstones.js';
import type { Sql, Value } from '../../records/sql-port.js';
import type { LeftOut } from '../fleet-ports.js';

export interface EncryptedPerson {
  readonly person: Person;
  readonly badges: readonly { readonly badge: BadgeId; readonly tag: Uint8Array }[];
  readonly digest: string;
  readonly place: number;
  /** Wrapped. */
  readonly key: Uint8Array;
  readonly templates: readonly {
    readonly digest: ModelDigest;
    readonly source: string;
    readonly createdAt: number;
    readonly sealed: Uint8Array;
    readonly condition: CaptureCondition;
  }[];
}

/** 11 columns of 100 rows stay far below SQLite's 32,766 parameters. */
const ROWS = 100;

const PERSON =
  'id, name, consent_text, consent_given_at_ms, valid_from_ms, valid_until_ms, wrapped_key, member_of, consent_until_ms';
const TEMPLATE = 'digest, person, source, created_at_ms, sealed, condition';

/** The tables are as empty of rules as they can be: the real ones have them, and are asked when the rows go over. */
export const INCOMING = {
  open: `
    ATTACH '' AS incoming;
    PRAGMA incoming.journal_mode = MEMORY;
    PRAGMA incoming.cache_size = -16000;
    CREATE TABLE incoming.people (${PERSON}, place, digest);
    CREATE TABLE incoming.templates (${TEMPLATE});
    CREATE TABLE incoming.badges (id, person, tag);
  `,
  close: 'DETACH incoming',
} as const;

/** Stages them in tables that no reader uses. */
export async function stageAll(sql: Sql, people: readonly EncryptedPerson[]): Promise<void> {
  await insert(
    sql,
    `incoming.people (${PERSON}, place, digest)`,
    people.map(({ person, key, place, digest }): readonly Value[] => [
      person.id,
      person.name,
      person.consent?.textVersion ?? null,
      person.consent?.givenAt ?? null,
      person.validFrom ?? null,
      person.validUntil ?? null,
      key,
      (person.groups ?? []).join(' '),
      person.consent?.until ?? null,
      place,
      digest,
    ]),
  );
  await insert(
    sql,
    `incoming.templates (${TEMPLATE})`,
    people.flatMap(({ person, templates }) =>
      templates.map(({ digest, source, createdAt, sealed, condition }): readonly Value[] => [
        digest,
        person.id,
        source,
        createdAt,
        sealed,
        condition,
      ]),
    ),
  );
  await insert(
    sql,
    'incoming.badges (id, person, tag)',
    people.flatMap(({ person, badges }) => badges.map(({ badge, tag }) => [badge, person.id, tag])),
  );
}

/** How many of those who were set down are here already, so that they are changed and not added. */
export async function stagedKnownIn(sql: Sql): Promise<number> {
  const row = await sql.one<{ readonly count: number }>(
    'SELECT count(*) AS count FROM incoming.people WHERE id IN (SELECT id FROM people)',
  );
  return row?.count ?? 0;
}

/**
 * What was set down takes the place of whatever these people had; where they were seen to pass stays.
 * @returns the people without a badge that two people of the fleet have.
 */
export async function applyStaged(sql: Sql): Promise<readonly PersonId[]> {
  for (const table of ['templates', 'badges'])
    await sql.run(`DELETE FROM ${table} WHERE person IN (SELECT id FROM incoming.people)`);
  await sql.run(
    `INSERT INTO people (${PERSON}) SELECT ${PERSON} FROM incoming.people WHERE true
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, consent_text = excluded.consent_text,
       consent_given_at_ms = excluded.consent_given_at_ms, valid_from_ms = excluded.valid_from_ms,
       valid_until_ms = excluded.valid_until_ms, member_of = excluded.member_of,
       consent_until_ms = excluded.consent_until_ms`,
  );
  await sql.run(
    `INSERT INTO fleet_people (person, place, digest) SELECT id, place, digest FROM incoming.people WHERE true
       ON CONFLICT (person) DO UPDATE SET place = excluded.place, digest = excluded.digest`,
  );
  await sql.run(`INSERT INTO templates (${TEMPLATE}) SELECT ${TEMPLATE} FROM incoming.templates`);
  const contested = await dropContested(sql);
  await sql.run(
    `INSERT INTO badges (id, person, tag) SELECT id, person, tag FROM incoming.badges WHERE true
       ON CONFLICT (id) DO UPDATE SET person = excluded.person, tag = excluded.tag`,
  );
  return contested;
}

/**
 * A badge of a person who was enrolled here goes over to the fleet's person; one of two of the fleet's people is neither's, in whatever
 * spelling they have it: it leaves a tombstone, so that it never becomes a visitor's.
 */
async function dropContested(sql: Sql): Promise<readonly PersonId[]> {
  const rows = await sql.all<{ readonly tag: string }>(
    `SELECT hex(tag) AS tag FROM incoming.badges GROUP BY tag HAVING count(DISTINCT person) > 1
      UNION SELECT hex(badges.tag) AS tag FROM badges JOIN fleet_people USING (person)
      WHERE badges.tag IN (SELECT tag FROM incoming.badges)`,
  );
  const tags = JSON.stringify(rows.map(({ tag }) => tag));
  const among = sql.among('hex(tag)');
  const holders = await sql.all<{ readonly person: PersonId }>(
    `SELECT person FROM incoming.badges WHERE ${among} UNION SELECT person FROM badges WHERE ${among}`,
    tags,
    tags,
  );
  // One row for each card: local holders lose it, in this or another spelling.
  await sql.run('DELETE FROM badges WHERE tag IN (SELECT tag FROM incoming.badges)');
  await sql.run(`DELETE FROM incoming.badges WHERE ${among}`, tags);
  for (const { tag } of rows) await tombstoneUnheld(sql, Buffer.from(tag, 'hex'));
  return holders.map(({ person }) => person);
}

async function insert(sql: Sql, into: string, rows: readonly (readonly Value[])[]): Promise<void> {
  const width = rows[0]?.length ?? 0;
  const text = (count: number): string =>
    `INSERT INTO ${into} VALUES ${new Array(count).fill(`(${new Array(width).fill('?').join(', ')})`).join(', ')}`;
  const batched = rows.length - (rows.length % ROWS);
  for (let at = 0; at < batched; at += ROWS) await sql.run(text(ROWS), ...rows.slice(at, at + ROWS).flat());
  // One by one, so that the texts that are kept prepared stay few.
  for (const row of rows.slice(batched)) await sql.run(text(1), ...row);
}

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

/** What of a published gallery is not in use here, until a later version has it in order. */
export const leftOutIn = (sql: Sql): Promise<readonly LeftOut[]> =>
  sql.all<LeftOut>('SELECT kind, bucket, why FROM fleet_left_out ORDER BY bucket, kind');
