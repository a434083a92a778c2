/** Signs the newest row of the journal, and detects when the row that was signed before is missing or changed. */
import type { WallTime } from '../../base/units.js';
import { deviceKey } from '../../platform/device-key.js';
import { appendRow } from '../../records/journal/append.js';
import {
  isGenuineHead,
  type JournalHead,
  MAX_LOST_HEADS,
  signHead,
} from '../../records/journal/journal-head.js';
import type { Tables } from '../../records/sql-port.js';
import type { Config } from '../config/config-schema.js';
import { headFile, loadHead, saveHead } from './journal-head-file.js';

export interface KeptHead {
  /** Absent for a journal without a row. */
  readonly head?: JournalHead;
  /** The previously signed head, if it is no longer in the chain: detected by this call. */
  readonly lost?: JournalHead;
}

type Newest = { readonly seq: number; readonly hash: string };

/**
 * Replaces a head only by one whose chain contains it. A missing head is kept in all later ones as lost, and
 * written into the chain.
 * @param seal seals (hashes) rows of an older version before the first signature, because their chain would change afterwards.
 * @throws TwinstileError 'key-unusable' | 'journal-broken' | 'gallery-unusable'.
 */
export async function keepHead(
  database: Pick<Tables, 'read' | 'write'>,
  { data_dir: data, site }: Pick<Config, 'data_dir' | 'site'>,
  now: WallTime,
  seal: () => Promise<void> = async () => {},
): Promise<KeptHead> {
  const { secret, pub } = await deviceKey(data);
  const before = await loadHead(headFile(data));
  // A head that is unsigned or signed by another key proves nothing: it is treated as absent.
  const known = before !== undefined && before.key === pub && isGenuineHead(before) ? before : undefined;
  if (known === undefined) await seal();
  const { newest, isThere } = await database.read(async (sql) => ({
    newest: await sql.one<Newest>('SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1'),
    isThere:
      known === undefined ||
      (await sql.one('SELECT 1 FROM journal WHERE seq = ? AND hash = ?', known.seq, known.hash)) !==
        undefined,
  }));
  const signed = async ({ seq, hash }: Newest, lost: JournalHead['lost']): Promise<JournalHead> => {
    const head = signHead({ v: 1, site, seq, hash, at: new Date(now).toISOString(), lost, key: pub }, secret);
    await saveHead(data, head);
    return head;
  };
  if (known !== undefined && !isThere) {
    const { seq, hash, at } = known;
    const row = await database.write((sql) =>
      appendRow(sql, {
        kind: 'notice',
        subject: hash,
        at: now,
        body: { notice: 'journal-discontinued', signed_seq: seq, signed_at: at, newest: newest?.seq ?? 0 },
      }),
    );
    const lost = [...known.lost, { seq, hash, at, found_at: new Date(now).toISOString() }].slice(
      -MAX_LOST_HEADS,
    );
    return { head: await signed(row, lost), lost: known };
  }
  if (newest === undefined) return {};
  if (known !== undefined && newest.seq === known.seq) return { head: known };
  return { head: await signed(newest, known?.lost ?? []) };
}
