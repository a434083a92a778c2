/**
 * Erases people from the database that offices share, and lists the other places that hold them and cannot be reached from
 * here.
 */

import type { PersonId } from '../../base/ids.js';
import type { WallTime } from '../../base/units.js';
import { deviceKey } from '../../platform/device-key.js';
import { eraseIn } from '../../records/erasure/erase-rows.js';
import { type Actor, recordActIn } from '../../records/journal/act.js';
import { appendRow } from '../../records/journal/append.js';
import { coverForgotten, forgetRowsOf } from '../../records/journal/forgotten-rows.js';
import type { PostgresDatabase } from '../../records/sql/postgres/postgres-database.js';
import { unusableStorage } from '../../records/sql-port.js';
import type { Config } from '../config/config-schema.js';
import { type Erased, leaveReceipt, newReceiptName } from '../erasure/leave-receipt.js';

/**
 * Erases one person after the other, each with a separate receipt; may be repeated.
 * @throws TwinstileError 'gallery-unusable' when another office holds the tables for too long; 'key-unusable'.
 */
export async function eraseAtRegistrar(
  database: PostgresDatabase,
  config: Pick<Config, 'site' | 'data_dir'>,
  person: PersonId,
  now: WallTime,
  actor: Actor,
): Promise<Erased> {
  // Loaded before anything is erased: without the key no receipt could be signed.
  await deviceKey(config.data_dir);
  const name = newReceiptName();
  const { templates, badges, tombstones, journalRows, head } = await database.write(async (sql) => {
    const erased = await eraseIn(sql, [person]);
    const journalRows = await forgetRowsOf(sql, [person], erased.badges);
    if (journalRows > 0) await coverForgotten(sql, 'erasure', journalRows, now);
    await appendRow(sql, { kind: 'notice', subject: name, at: now, body: { notice: 'erased', ...actor } });
    const head = await recordActIn(sql, { actor, now: () => now }, { act: 'person-erased' }, name);
    return { ...erased, journalRows, head };
  });
  if (!(await database.rebuild()))
    throw unusableStorage(
      'tables that can be written anew',
      'another office that reads for long',
      'Repeat the command: the person is out of the tables, but traces are left in their files.',
    );
  return leaveReceipt(
    config,
    { person, name },
    {
      templates,
      badges: badges.length,
      tombstones,
      journal_rows: journalRows,
      messages: 0,
      backups: 0,
      left: [],
      journal_head: { seq: head.seq, hash: head.hash },
    },
    now,
  );
}
