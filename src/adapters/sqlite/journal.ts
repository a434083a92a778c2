/** The journal: a chain of rows, each written together with what the broker is to hear of it. */
import type { Journal, JournalEntry, JournalRow, Outbox, OutboxMessage } from '../../ports/journal.js';
import type { Sql } from '../../ports/tables.js';
import { canonicalJson, FIRST_LINK, hashOf } from './chain.js';
import type { Database } from './database.js';
import { openOutbox, put } from './outbox.js';
import { apart } from './people/personal.js';
import { verifyChain } from './verify-chain.js';

interface StoredRow {
  readonly seq: number;
  readonly kind: JournalEntry['kind'];
  readonly subject: string;
  readonly at: JournalEntry['at'];
  readonly body: string;
  readonly hash: string;
  readonly personal: string | null;
  readonly salt: string | null;
  readonly seal: string | null;
}

const COLUMNS = 'seq, kind, subject, at_ms AS at, body, hash, personal, salt, seal';

/** The database stays the caller's to close, after the journal. @param outboxBytes most that waits for the broker. */
export function openJournal(database: Database, outboxBytes?: number): Journal & Outbox {
  return {
    ...openOutbox(database),
    append: (entry, message) => database.write((sql) => appendIn(sql, entry, message, outboxBytes)),
    list: ({ limit, before = Number.MAX_SAFE_INTEGER, kind }) =>
      rows(database, (sql) =>
        kind === undefined
          ? sql.all(`SELECT ${COLUMNS} FROM journal WHERE seq < ? ORDER BY seq DESC LIMIT ?`, before, limit)
          : sql.all(
              `SELECT ${COLUMNS} FROM journal WHERE seq < ? AND kind = ? ORDER BY seq DESC LIMIT ?`,
              before,
              kind,
              limit,
            ),
      ),
    walk: (after, limit) =>
      rows(database, (sql) =>
        sql.all(`SELECT ${COLUMNS} FROM journal WHERE seq > ? ORDER BY seq LIMIT ?`, after, limit),
      ),
    verify: () => verifyChain(database),
    unfinished: () =>
      rows(database, (sql) =>
        sql.all(
          `SELECT ${COLUMNS} FROM journal AS decision
            WHERE kind = 'decision' AND json_extract(body, '$.verdict') = 'granted' AND NOT EXISTS
              (SELECT 1 FROM journal WHERE kind = 'outcome' AND subject = decision.subject)
            ORDER BY seq`,
        ),
      ),
    close: async () => {},
  };
}

/** For whoever writes more in the same transaction. */
export async function appendIn(
  sql: Sql,
  entry: JournalEntry,
  message?: OutboxMessage,
  outboxBytes?: number,
): Promise<JournalRow> {
  // Numbers are never used twice, so that what is cut off the end stays a gap.
  const last = await sql.one<{ readonly seq: number | null; readonly hash: string | null }>(
    `SELECT (SELECT seq FROM sqlite_sequence WHERE name = 'journal') AS seq,
            (SELECT hash FROM journal ORDER BY seq DESC LIMIT 1) AS hash`,
  );
  const at = Math.round(entry.at) as JournalEntry['at'];
  const { rest, personal: about } = apart(entry.body);
  const { personal = null, salt = null, seal = null } = about ?? {};
  const row = { ...entry, at, seq: (last?.seq ?? 0) + 1, body: canonicalJson(rest), personal, salt, seal };
  const hash = hashOf(last?.hash ?? FIRST_LINK, row);
  await sql.run(
    `INSERT INTO journal (seq, kind, subject, at_ms, body, hash, personal, salt, seal)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row.seq,
    row.kind,
    row.subject,
    row.at,
    row.body,
    hash,
    personal,
    salt,
    seal,
  );
  if (message !== undefined) await put(sql, message, outboxBytes);
  return rowOf({ ...row, hash });
}

async function rows(
  database: Database,
  query: (sql: Sql) => Promise<readonly StoredRow[]>,
): Promise<readonly JournalRow[]> {
  return (await database.read(query)).map(rowOf);
}

const rowOf = ({ seq, kind, subject, at, body, hash, personal, salt, seal }: StoredRow): JournalRow => ({
  seq,
  kind,
  subject,
  at,
  body: { ...JSON.parse(body), ...(personal === null ? {} : JSON.parse(personal)) },
  hash,
  ...(seal === null ? {} : { seal: salt === null ? { hash: seal } : { hash: seal, salt } }),
});
