/**
 * Erases people from all data on this box, or from the database that offices share, and writes a signed receipt that does not
 * identify them.
 */
import { TwinstileError } from '../../base/errors.js';
import type { PersonId } from '../../base/ids.js';
import type { WallTime } from '../../base/units.js';
import { deviceKey } from '../../platform/device-key.js';
import { eraseIn } from '../../records/erasure/erase-rows.js';
import { erasureEntry } from '../../records/erasure/erasure-traces.js';
import { forgetPeople } from '../../records/erasure/forget-people.js';
import { type Actor, recordActIn } from '../../records/journal/act.js';
import { appendRow } from '../../records/journal/append.js';
import { coverForgotten, forgetRowsOf } from '../../records/journal/forgotten-rows.js';
import type { PostgresDatabase } from '../../records/sql/postgres/postgres-database.js';
import { backupsIn } from '../../records/sql/sqlite/sqlite-backup.js';
import { type Database, openDatabase } from '../../records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../records/sql/sqlite/sqlite-journal.js';
import { unusableStorage } from '../../records/sql-port.js';
import type { Config } from '../config/config-schema.js';
import { erasureKey } from '../erasure/erasure-key.js';
import { type Erased, leaveReceipt, newReceiptName } from '../erasure/erasure-receipts.js';
import { backupFolder } from './open-gallery.js';
import { expectNotFromFleet } from './people-guards.js';

interface ErasureAct {
  readonly now: WallTime;
  readonly actor: Actor;
}

interface BoxErasure extends ErasureAct {
  /** Encrypts the erasure key, with which the box finds the person again after a restore. */
  readonly galleryKey: Uint8Array;
}

const AFTERWARDS = ' Once that version is here, erase at this box what its journal still holds of them.';

/** @throws TwinstileError 'bad-arguments' for people of a published gallery. */
export const expectErasable = (tables: Pick<Database, 'read'>, people: readonly PersonId[]): Promise<void> =>
  expectNotFromFleet(tables, people, AFTERWARDS);

/**
 * Erases one person after the other, each with a separate receipt. May be repeated: people who are no longer enrolled are
 * still searched for in journal, outbox and backups.
 * @throws TwinstileError 'gallery-unusable' when a backup cannot be rewritten: it names the file; 'gallery-locked'.
 */
export async function erasePerson(
  database: Database,
  config: Pick<Config, 'site' | 'data_dir' | 'backup'>,
  person: PersonId,
  { now, actor, galleryKey }: BoxErasure,
): Promise<Erased> {
  await expectErasable(database, [person]);
  // Loaded before anything is erased: without the keys no receipt could be signed.
  await deviceKey(config.data_dir);
  const backups = await backupsIn(backupFolder(config));
  const boxKey = await erasureKey(config, galleryKey);
  const name = newReceiptName();
  const entry = erasureEntry(name, now, 'erased', actor);
  // The receipt's name in the place of the person, who is forgotten with all other rows.
  const act = { kind: 'act', subject: name, at: now, body: { act: 'person-erased', ...actor } } as const;
  const forgotten = await forgetPeople(database, [person], now, [{ entry }, { entry: act }]);
  const left = new Set(forgotten.left);
  for (const { file } of backups)
    for (const place of await eraseInBackups(file, person, now)) left.add(`backup ${place}`);
  const [head] = await openJournal(database).list({ limit: 1 });
  const sums = await lanesWithSums(database);
  return leaveReceipt(
    config,
    { person, name, boxKey },
    {
      templates: forgotten.templates,
      badges: forgotten.badges,
      tombstones: forgotten.tombstones,
      ...(sums > 0 && { passage_sums: sums }),
      journal_rows: forgotten.journalRows,
      messages: forgotten.messages,
      backups: backups.length,
      left: [...left].sort(),
      journal_head: head === undefined ? null : { seq: head.seq, hash: head.hash },
    },
    now,
  );
}

/** Lanes that keep sums of what passed, in which a person may be among others. */
async function lanesWithSums(database: Database): Promise<number> {
  const row = await database.read((sql) =>
    sql.one<{ readonly lanes: number }>("SELECT count(*) AS lanes FROM adaptation WHERE part = 'sums'"),
  );
  return row?.lanes ?? 0;
}

async function eraseInBackups(file: string, person: PersonId, now: WallTime): Promise<readonly string[]> {
  try {
    const copy = await openDatabase(file);
    try {
      return (await forgetPeople(copy, [person], now)).left;
    } finally {
      await copy.close();
    }
  } catch (cause) {
    throw new TwinstileError({
      code: 'gallery-unusable',
      message: `The backup ${file} could not be rewritten: the person may still be in it.`,
      hint: 'Delete that backup, then repeat the command.',
      cause,
    });
  }
}

/**
 * Erases people from the database that offices share, and lists the other places that hold them and cannot be reached from
 * here.
 * Erases one person after the other, each with a separate receipt; may be repeated.
 * @throws TwinstileError 'gallery-unusable' when another office holds the tables for too long; 'key-unusable'.
 */
export async function eraseAtRegistrar(
  database: PostgresDatabase,
  config: Pick<Config, 'site' | 'data_dir'>,
  person: PersonId,
  { now, actor }: ErasureAct,
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
