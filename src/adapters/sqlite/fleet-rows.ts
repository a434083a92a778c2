/** Many people at once: rows in hundreds, because each statement is a walk to another thread and back. */
import type { BadgeId, ModelDigest } from '../../base/ids.js';
import type { Person } from '../../gallery/person.js';
import type { Sql, Value } from '../../ports/tables.js';
import { refused } from '../../sync/refusal.js';

export interface SealedPerson {
  readonly person: Person;
  readonly badges: readonly BadgeId[];
  readonly digest: string;
  readonly place: number;
  /** Wrapped. */
  readonly key: Uint8Array;
  readonly templates: readonly {
    readonly digest: ModelDigest;
    readonly source: string;
    readonly createdAt: number;
    readonly sealed: Uint8Array;
  }[];
}

/** 9 columns of 100 rows stay far below SQLite's 32,766 parameters. */
const ROWS = 100;

/** Takes the place of whatever these people had; where they were seen to pass stays. */
export async function putAll(sql: Sql, people: readonly SealedPerson[]): Promise<void> {
  const ids = people.map(({ person }) => person.id);
  for (let at = 0; at < ids.length; at += 1000) {
    const some = JSON.stringify(ids.slice(at, at + 1000));
    await sql.run('DELETE FROM templates WHERE person IN (SELECT value FROM json_each(?))', some);
    await sql.run('DELETE FROM badges WHERE person IN (SELECT value FROM json_each(?))', some);
  }
  await insert(
    sql,
    people.map(({ person, key }): readonly Value[] => [
      person.id,
      person.name,
      person.consent?.textVersion ?? null,
      person.consent?.givenAt ?? null,
      person.validFrom ?? null,
      person.validUntil ?? null,
      key,
      (person.groups ?? []).join(' '),
      person.consent?.until ?? null,
    ]),
    'INSERT INTO people (id, name, consent_text, consent_given_at_ms, valid_from_ms, valid_until_ms, wrapped_key, member_of, consent_until_ms) VALUES',
    `ON CONFLICT (id) DO UPDATE SET name = excluded.name, consent_text = excluded.consent_text,
       consent_given_at_ms = excluded.consent_given_at_ms, valid_from_ms = excluded.valid_from_ms,
       valid_until_ms = excluded.valid_until_ms, member_of = excluded.member_of,
       consent_until_ms = excluded.consent_until_ms`,
  );
  await insert(
    sql,
    people.map(({ person, place, digest }) => [person.id, place, digest]),
    'INSERT INTO fleet_people (person, place, digest) VALUES',
    'ON CONFLICT (person) DO UPDATE SET place = excluded.place, digest = excluded.digest',
  );
  await insert(
    sql,
    people.flatMap(({ person, templates }) =>
      templates.map(({ digest, source, createdAt, sealed }): readonly Value[] => [
        digest,
        person.id,
        source,
        createdAt,
        sealed,
      ]),
    ),
    'INSERT INTO templates (digest, person, source, created_at_ms, sealed) VALUES',
    '',
  );
  const badges = people.flatMap(({ person, badges: own }) => own.map((badge) => [badge, person.id] as const));
  await expectFree(sql, badges);
  await insert(
    sql,
    badges,
    'INSERT INTO badges (id, person) VALUES',
    'ON CONFLICT (id) DO UPDATE SET person = excluded.person',
  );
}

/** A badge that was given to somebody here goes over to the fleet's; two of the fleet's cannot both have it. */
async function expectFree(sql: Sql, badges: readonly (readonly [BadgeId, string])[]): Promise<void> {
  const taken = await sql.one<{ readonly id: string; readonly person: string }>(
    `SELECT id, person FROM badges JOIN fleet_people USING (person)
      WHERE id IN (SELECT value FROM json_each(?)) LIMIT 1`,
    JSON.stringify(badges.map(([badge]) => badge)),
  );
  if (taken !== undefined) throw refused(`one holder of badge ${taken.id}`, `${taken.person} and another`);
}

async function insert(
  sql: Sql,
  rows: readonly (readonly Value[])[],
  head: string,
  tail: string,
): Promise<void> {
  const width = rows[0]?.length ?? 0;
  const text = (count: number): string =>
    `${head} ${new Array(count).fill(`(${new Array(width).fill('?').join(', ')})`).join(', ')} ${tail}`;
  const whole = rows.length - (rows.length % ROWS);
  for (let at = 0; at < whole; at += ROWS) await sql.run(text(ROWS), ...rows.slice(at, at + ROWS).flat());
  // One by one, so that the texts that are kept prepared stay few.
  for (const row of rows.slice(whole)) await sql.run(text(1), ...row);
}
