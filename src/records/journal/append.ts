/** Appends rows to the journal's chain, and reads them as everything else sees them, in SQLite and in PostgreSQL. */
import type { Sql } from '../sql-port.js';
import { canonicalJson, FIRST_LINK, hashOf, splitPersonal } from './chain.js';
import type { JournalEntry, JournalRow } from './journal.js';

/** Durable with the caller's transaction, which must exclude other writers. */
export async function appendRow(sql: Sql, entry: JournalEntry): Promise<JournalRow> {
  // Numbers are never used twice, so that what is cut off the end stays a gap.
  const last = await sql.one<{ readonly seq: number | null; readonly hash: string | null }>(
    `SELECT (SELECT seq FROM journal_last) AS seq,
            (SELECT hash FROM journal ORDER BY seq DESC LIMIT 1) AS hash`,
  );
  const at = Math.round(entry.at) as JournalEntry['at'];
  const { rest, personal: about } = splitPersonal(entry.body);
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
  return journalRowOf({ ...row, hash });
}

/** A row of the journal as the tables hold it. */
export interface StoredRow {
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

export const ROW_COLUMNS = 'seq, kind, subject, at_ms AS at, body, hash, personal, salt, seal';

export const journalRowOf = ({
  seq,
  kind,
  subject,
  at,
  body,
  hash,
  personal,
  salt,
  seal,
}: StoredRow): JournalRow => ({
  seq,
  kind,
  subject,
  at,
  body: { ...JSON.parse(body), ...(personal === null ? {} : JSON.parse(personal)) },
  hash,
  seal: seal === null ? undefined : salt === null ? { hash: seal } : { hash: seal, salt },
});
