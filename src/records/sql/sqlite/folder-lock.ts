/**
 * One process at a time in a folder. The lock is SQLite's own on an empty file: the kernel gives it back when its holder
 * ends, for whatever reason, so that no stale lock has to be cleared.
 */
import path from 'node:path';
import { pause } from '../../../base/delay.js';
import { TwinstileError } from '../../../base/errors.js';
import { type Millis, millis } from '../../../base/units.js';
import { giveToOwnerOf, makeFolder } from '../../../platform/folders.js';
import { openForWriting } from '../../../platform/plain-file.js';
import { unusableStorage } from '../../sql-port.js';
import { connect, type SqliteConnection } from './sqlite-connection.js';

/** A first publish of 100,000 people takes half a minute. */
const WAIT: Millis = millis(120_000);
const TRY_EVERY: Millis = millis(50);

/**
 * Runs the work while no other process, and nothing else in this one, holds the folder.
 * @param wait for how long another holder is waited for.
 * @throws TwinstileError 'gallery-unusable' when the folder stays held, or cannot be written.
 */
export async function withFolderLock<T>(
  folder: string,
  work: () => Promise<T>,
  wait: Millis = WAIT,
): Promise<T> {
  const file = path.join(folder, '.lock');
  await prepare(folder, file);
  const connection = await connect(file);
  try {
    await hold(connection, folder, wait);
    return await work();
  } finally {
    await connection.close();
  }
}

async function hold(connection: SqliteConnection, folder: string, wait: Millis): Promise<void> {
  const until = performance.now() + wait;
  for (;;)
    try {
      await connection.script('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
      return;
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() >= until)
        throw unusableStorage(
          `the folder ${folder} for this command alone`,
          'one that another command holds',
          'Wait for the other twinstile command to end, then repeat this one.',
        );
      await pause(TRY_EVERY);
    }
}

async function prepare(folder: string, file: string): Promise<void> {
  try {
    await makeFolder(folder);
    await (await openForWriting(file, { mode: 0o600, how: 'append' })).close();
    // A lock that root made must not lock out the user of the service.
    await giveToOwnerOf(folder, file);
  } catch (cause) {
    throw unusableStorage(
      `a folder at ${folder} that can be locked`,
      'one that cannot be written',
      'Let this user write there.',
      cause,
    );
  }
}

function isBusy(error: unknown): boolean {
  const cause = error instanceof TwinstileError ? error.cause : error;
  return cause instanceof Error && 'code' in cause && cause.code === 'SQLITE_BUSY';
}
