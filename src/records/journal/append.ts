/** Appends rows to the journal's chain, in SQLite and in PostgreSQL. */

import type { Sql } from '../sql-port.js';
import { canonicalJson, FIRST_LINK, hashOf } from './chain.js';
import type { JournalEntry, JournalRow } from './journal.js';
import { splitPersonal } from './personal.js';
import { journalRowOf } from './stored-row.js';

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
