/** Signs the newest row of the journal, and detects when the row that was signed before is missing or changed. */

import path from 'node:path';
import { explain } from '../../base/errors.js';
import type { WallTime } from '../../base/units.js';
import { deviceKey } from '../../platform/device-key.js';
import { systemClock } from '../../platform/system-clock.js';
import { type ActSource, recordActIn } from '../../records/journal/act.js';
import { appendRow } from '../../records/journal/append.js';
import {
  isGenuineHead,
  type JournalHead,
  MAX_LOST_HEADS,
  signHead,
} from '../../records/journal/journal-head.js';
import type { Database } from '../../records/sql/sqlite/sqlite-database.js';
import type { Tables } from '../../records/sql-port.js';
import type { Config } from '../config/config-schema.js';
import { headFile, loadHead, saveHead } from './head-files.js';

export interface KeptHead {
  /** Absent for a journal without a row. */
  readonly head?: JournalHead;
  /** The previously signed head, if it is no longer in the chain: detected by this call. */
  readonly lost?: JournalHead;
}

interface HeadMemory {
  /** Seals (hashes) rows of an older version before the first signature, because their chain would change afterwards. */
  readonly seal?: () => Promise<void>;
  /** What this process signed last: to remove the file, or to put an older one back, does not undo that. */
  readonly signedBefore?: JournalHead | undefined;
}

type Newest = { readonly seq: number; readonly hash: string };

/**
 * Replaces a head only by one whose chain contains it. A missing head is kept in all later ones as lost, and
 * written into the chain.
 * @throws TwinstileError 'key-unusable' | 'journal-broken' | 'gallery-unusable'.
 */
export async function keepHead(
  database: Pick<Tables, 'read' | 'write'>,
  { data_dir: data, site }: Pick<Config, 'data_dir' | 'site'>,
  now: WallTime,
  { seal = async () => {}, signedBefore }: HeadMemory = {},
): Promise<KeptHead> {
  const { secret, pub } = await deviceKey(data);
  const before = await loadHead(headFile(data));
  // A head that is unsigned or signed by another key proves nothing: it is treated as absent.
  const own = before !== undefined && before.key === pub && isGenuineHead(before) ? before : undefined;
  const known = newerOf(own, signedBefore?.key === pub ? signedBefore : undefined);
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
  if (own !== undefined && own === known && newest.seq === known.seq) return { head: known };
  return { head: await signed(newest, known?.lost ?? []) };
}

const newerOf = (own: JournalHead | undefined, remembered: JournalHead | undefined) =>
  own === undefined || (remembered !== undefined && remembered.seq > own.seq) ? remembered : own;

/**
 * Records in the chain that a backup replaced the database, and which signed head was lost with the old one.
 * @param backup absent: there was none, and the database is empty.
 */
export async function recordRestored(
  database: Database,
  { data_dir: data }: Pick<Config, 'data_dir'>,
  acts: ActSource,
  backup: string | undefined,
): Promise<void> {
  const head = await loadHead(headFile(data)).catch(() => undefined);
  await database.write(async (sql) => {
    const isThere =
      head === undefined ||
      (await sql.one('SELECT 1 FROM journal WHERE seq = ? AND hash = ?', head.seq, head.hash)) !== undefined;
    await recordActIn(sql, acts, {
      act: 'database-restored',
      backup: backup === undefined ? null : path.basename(backup),
      lost_seq: isThere ? undefined : head.seq,
      lost_hash: isThere ? undefined : head.hash,
    });
  });
}

/**
 * Signs the journal's newest row after a command that wrote one.
 * A command that only reads signs and writes nothing.
 * @param seal as in `keepHead`; absent: nothing is signed at all.
 */
export async function signedAfter<T>(
  tables: Pick<Tables, 'read' | 'write'>,
  config: Pick<Config, 'data_dir' | 'site'>,
  work: () => Promise<T>,
  seal: (() => Promise<void>) | undefined,
): Promise<T> {
  const before = await newestSeq(tables);
  const result = await work();
  if (seal === undefined || before === (await newestSeq(tables))) return result;
  // The command has succeeded: a failure to sign its row, or a missing signed row, is reported in addition.
  const fault = await keepHead(tables, config, systemClock.wall(), { seal }).then(
    ({ lost }) => (lost === undefined ? undefined : `The journal lacks its signed row ${lost.seq}.`),
    explain,
  );
  if (fault !== undefined) process.stderr.write(`twinstile: ${fault} Look with: twinstile journal verify\n`);
  return result;
}

async function newestSeq(tables: Pick<Tables, 'read'>): Promise<number> {
  const row = await tables.read((sql) =>
    sql.one<{ readonly seq: number | null }>('SELECT max(seq) AS seq FROM journal'),
  );
  return row?.seq ?? 0;
}
