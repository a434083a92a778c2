/** Erases people from everything the database holds: tables, journal, outbox; and counts what was erased. */
import type { BadgeId, PersonId } from '../../base/ids.js';
import { type WallTime, wallTime } from '../../base/units.js';
import { coverForgotten, forgetRowsOf } from '../journal/forgotten-rows.js';
import type { JournalEntry, OutboxMessage } from '../journal/journal.js';
import type { Database } from '../sql/sqlite/sqlite-database.js';
import { appendIn } from '../sql/sqlite/sqlite-journal.js';
import { type Sql, unusableStorage } from '../sql-port.js';
import { eraseIn } from './erase-rows.js';
import { columnsMentioning } from './erasure-traces.js';
import { sealOldRows } from './seal-old-rows.js';

interface Forgotten {
  readonly people: number;
  readonly templates: number;
  readonly badges: number;
  /** Badges of which an HMAC is kept, which does not reveal the person. */
  readonly tombstones: number;
  /** Rows of the journal whose personal part was deleted; the chain still verifies. */
  readonly journalRows: number;
  /** Messages that go out without the person. */
  readonly messages: number;
  /** "table.column" where an id remains, because it is needed there. */
  readonly left: readonly string[];
}

/** A row of the journal that is written in the same transaction, so that the one is never there without the other. */
export interface Note {
  readonly entry: JournalEntry;
  readonly message?: OutboxMessage;
}

/**
 * Rows dated after `now`: a clock was ahead then. Such a row counts as written when the nearest rows before and
 * behind it were that are not dated ahead, the later of the two; as long as no such row was written behind it, it is kept.
 */
const DATED_AHEAD = `
  SELECT ahead.seq FROM (
    SELECT seq, at_ms,
      max(CASE WHEN at_ms <= ?1 THEN seq END) OVER (ORDER BY seq) AS earlier,
      min(CASE WHEN at_ms <= ?1 THEN seq END) OVER (ORDER BY seq DESC) AS later
    FROM journal
  ) AS ahead
  JOIN journal AS later ON later.seq = ahead.later
  LEFT JOIN journal AS earlier ON earlier.seq = ahead.earlier
  WHERE ahead.at_ms > ?1 AND max(later.at_ms, coalesce(earlier.at_ms, later.at_ms)) < ?2`;

/** Deletes the personal part of older rows, and of rows that a clock dated ahead. @returns how many. */
export async function forgetJournalBefore(database: Database, at: WallTime, now: WallTime): Promise<number> {
  const rows = await database.write(async (sql) => {
    await sealAndReport(sql);
    const older = await sql.run(
      'UPDATE journal SET personal = NULL, salt = NULL WHERE personal IS NOT NULL AND at_ms < ?',
      at,
    );
    const ahead = await sql.run(
      `UPDATE journal SET personal = NULL, salt = NULL WHERE personal IS NOT NULL AND seq IN (${DATED_AHEAD})`,
      now,
      at,
    );
    const forgot = older + ahead;
    if (forgot > 0) await coverForgotten(sql, 'retention', forgot, now);
    return forgot;
  });
  if (rows > 0) await database.scrub();
  return rows;
}

/**
 * Runs in one transaction, then rewrites the file, so that no free page and no log keeps anything.
 * @throws TwinstileError 'gallery-unusable' when a long read prevents emptying the log.
 */
export async function forgetPeople(
  database: Database,
  people: readonly PersonId[],
  now: WallTime,
  notes: readonly Note[] = [],
): Promise<Forgotten> {
  const forgotten = await database.write(async (sql) => {
    await sealAndReport(sql);
    const done = await forgetIn(sql, people);
    if (done.journalRows > 0) await coverForgotten(sql, 'erasure', done.journalRows, now);
    for (const { entry, message } of notes) await appendIn(sql, entry, message);
    return done;
  });
  if (await database.rebuild()) return forgotten;
  throw unusableStorage(
    'a write-ahead log that can be emptied',
    'another process that reads for long',
    'Repeat the command: the people are out of the tables, but traces are left in the log.',
  );
}

/** Seals rows of an older version before their chain is first signed: afterwards it would be another one. */
export const sealJournal = (database: Database): Promise<void> => database.write(sealAndReport);

/** An older chain may have been noted elsewhere: the row records where it ended. */
async function sealAndReport(sql: Sql): Promise<void> {
  const done = await sealOldRows(sql);
  if (done === undefined || done === 'broken') return;
  const { from, rows, head } = done;
  const newest = await sql.one<{ readonly at: number }>(
    'SELECT at_ms AS at FROM journal WHERE seq = ?',
    head.seq,
  );
  await appendIn(sql, {
    kind: 'notice',
    subject: head.hash,
    at: wallTime(newest?.at ?? 0),
    body: { notice: 'journal-sealed', from, rows, head: head.seq },
  });
}

async function forgetIn(sql: Sql, people: readonly PersonId[]): Promise<Forgotten> {
  const ids = JSON.stringify(people);
  const ofThem = 'IN (SELECT value FROM json_each(?))';
  const badges = (
    await sql.all<{ readonly id: BadgeId }>(`SELECT id FROM badges WHERE person ${ofThem}`, ids)
  ).map(({ id }) => id);
  const held = JSON.stringify(badges);
  const isAbout = (json: string) =>
    `(json_extract(${json}, '$.person') ${ofThem} OR json_extract(${json}, '$.badge') ${ofThem})`;
  const journalRows = await forgetRowsOf(sql, people, badges);
  const messages = await sql.run(
    `UPDATE outbox SET payload = json_remove(payload, '$.person', '$.badge', '$.name')
      WHERE json_valid(payload) AND ${isAbout('payload')}`,
    ids,
    held,
  );
  const erased = await eraseIn(sql, people);
  return {
    people: erased.people,
    templates: erased.templates,
    badges: badges.length,
    tombstones: erased.tombstones,
    journalRows,
    messages,
    left: await columnsMentioning(sql, [...people, ...badges]),
  };
}
