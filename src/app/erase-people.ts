/** Erases people from everything this box holds, and leaves a signed receipt that does not say who. */
import { randomBytes } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { backupsIn } from '../adapters/sqlite/backup.js';
import { type Database, openDatabase } from '../adapters/sqlite/database.js';
import { forgetPeople } from '../adapters/sqlite/forget.js';
import { openJournal } from '../adapters/sqlite/journal.js';
import { TwinstileError } from '../base/errors.js';
import type { PersonId } from '../base/ids.js';
import type { WallTime } from '../base/units.js';
import type { Config } from '../config/schema.js';
import { personHash, type Receipt, signReceipt } from '../gallery/erasure-receipt.js';
import { deviceKey } from './device-key.js';
import { backupFolder } from './open-gallery.js';

export interface Erased {
  readonly receipt: Receipt;
  /** Where the receipt lies. */
  readonly file: string;
}

/**
 * One after the other, each with a receipt of its own. May be repeated: whoever is not enrolled any more is looked for in
 * journal, outbox and backups all the same.
 * @throws TwinstileError 'gallery-unusable' when a backup cannot be written anew: it names the file.
 */
export async function erasePerson(
  database: Database,
  config: Pick<Config, 'site' | 'data' | 'backup'>,
  person: PersonId,
  now: WallTime,
): Promise<Erased> {
  const key = await deviceKey(config.data);
  const forgotten = await forgetPeople(database, [person]);
  const backups = await backupsIn(backupFolder(config));
  const left = new Set(forgotten.left);
  for (const { file } of backups)
    for (const place of await eraseIn(file, person)) left.add(`backup ${place}`);
  const [head] = await openJournal(database).list({ limit: 1 });
  const salt = randomBytes(16).toString('hex');
  const receipt = signReceipt(
    {
      erased_at: new Date(now).toISOString(),
      site: config.site,
      person_sha256: personHash(person, salt),
      salt,
      templates: forgotten.templates,
      badges: forgotten.badges,
      journal_rows: forgotten.journalRows,
      messages: forgotten.messages,
      backups: backups.length,
      left: [...left].sort(),
      journal_head: head === undefined ? null : { seq: head.seq, hash: head.hash },
    },
    key.secret,
    key.pub,
  );
  return { receipt, file: await keep(receipt, path.join(config.data, 'erasures')) };
}

async function eraseIn(file: string, person: PersonId): Promise<readonly string[]> {
  try {
    const copy = await openDatabase(file);
    try {
      return (await forgetPeople(copy, [person])).left;
    } finally {
      await copy.close();
    }
  } catch (cause) {
    throw new TwinstileError({
      code: 'gallery-unusable',
      message: `Expected to write the backup ${file} anew, got a refusal: the person may still be in it.`,
      hint: 'Delete that backup, then repeat the command.',
      cause,
    });
  }
}

/** Named after its content, so that the folder's listing says no more than the receipt does. */
async function keep(receipt: Receipt, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const stamp = receipt.erased_at.replace(/[:.]/g, '-');
  const file = path.join(folder, `${stamp}-${receipt.person_sha256.slice(0, 12)}.json`);
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(receipt, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return file;
}
