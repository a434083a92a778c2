/** Erases people from the database that offices share. What else holds them is not at hand here, and is said. */
import type { PostgresDatabase } from '../../adapters/postgres/database.js';
import type { PersonId } from '../../base/ids.js';
import type { WallTime } from '../../base/units.js';
import type { Config } from '../../config/schema.js';
import type { Actor } from '../../gallery/act.js';
import { eraseIn } from '../../tables/erase.js';
import { appendRow } from '../../tables/journal/append.js';
import { forgetRowsOf } from '../../tables/journal/forget-rows.js';
import { coverForgotten } from '../../tables/journal/forgotten.js';
import { recordActIn } from '../../tables/journal/record-act.js';
import { unusable } from '../../tables/unusable.js';
import { type Erased, leaveReceipt, newReceiptName } from '../erasure/leave-receipt.js';
import { deviceKey } from '../fleet/device-key.js';

/**
 * One after the other, each with a receipt of its own; may be repeated.
 * @throws TwinstileError 'gallery-unusable' when another office holds the tables for too long; 'key-unusable'.
 */
export async function eraseAtRegistrar(
  database: PostgresDatabase,
  config: Pick<Config, 'site' | 'data'>,
  person: PersonId,
  now: WallTime,
  actor: Actor,
): Promise<Erased> {
  // Before anything is erased: without the key there would be no receipt.
  await deviceKey(config.data);
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
    throw unusable(
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
