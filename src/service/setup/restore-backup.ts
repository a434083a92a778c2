/** Replaces the database with a backup, and records in its chain who did it and what was lost with the old one. */
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { WallTime } from '../../base/units.js';
import { giveToOwnerOf } from '../../platform/give-to-owner.js';
import { checkIntegrity, copyAtomically } from '../../records/sql/sqlite/sqlite-backup.js';
import type { Config } from '../config/config-schema.js';
import { recordRestored } from '../journal/record-restored.js';
import { localActs } from './local-acts.js';
import { databaseFile, withDatabase } from './open-gallery.js';

/**
 * Erases the people again who were erased since the backup was made. The service must be restarted afterwards.
 * @returns where the old database was moved; absent when there was none. @throws TwinstileError 'gallery-unusable' |
 * 'key-unusable'.
 */
export async function restoreBackup(
  config: Config,
  from: string,
  now: WallTime,
): Promise<string | undefined> {
  await checkIntegrity(from);
  const file = databaseFile(config);
  const waiting = `${file}.restored`;
  // Written completely next to the old one first: after a full disk or a crash one of them is in place.
  await copyAtomically(from, waiting);
  await giveToOwnerOf(config.data_dir, waiting);
  const old = existsSync(file)
    ? `${file}.replaced-${new Date(now).toISOString().replace(/[:.]/g, '-')}`
    : undefined;
  if (old !== undefined)
    for (const end of ['-wal', '-shm', '']) if (existsSync(file + end)) await rename(file + end, old + end);
  for (const end of ['-wal', '-shm']) await rm(file + end, { force: true });
  await rename(waiting, file);
  await withDatabase(config, (database) => recordRestored(database, config, localActs(), from));
  return old;
}
