/** A row of the journal as the tables hold it, and as everything else sees it. */
import type { JournalEntry, JournalRow } from './journal.js';

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
