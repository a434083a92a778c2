/** A copy of the whole database that is known to be good. Templates lie in it under the same keys as in the original. */

import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { TwinstileError } from '../../../base/errors.js';
import { systemReason } from '../../../base/system-error.js';
import { type WallTime, wallTime } from '../../../base/units.js';
import { giveToOwnerOf, makeFolder, namesIn } from '../../../platform/folders.js';
import { unusableStorage } from '../../sql-port.js';
import { connect, storageError } from './sqlite-connection.js';
import { type Database, expectFile } from './sqlite-database.js';

export interface Backup {
  readonly file: string;
  /** When it was begun. */
  readonly at: WallTime;
}

const NAME = /^twinstile-(\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}-\d{3}Z)\.db$/;

/**
 * Does not block writers. The file gets its name only after every page of it was checked.
 * @throws TwinstileError 'gallery-unusable'; what was there before stays.
 */
export async function backUp(database: Database, folder: string, at: WallTime): Promise<Backup> {
  try {
    await makeFolder(folder);
  } catch (cause) {
    // On a read-only disk, a recursive mkdir reports only that the folder is missing.
    throw unwritable(
      folder,
      await mkdir(folder, { mode: 0o700 }).then(
        () => cause,
        (error: unknown) => error,
      ),
    );
  }
  const file = path.join(folder, `twinstile-${new Date(at).toISOString().replace(/[:.]/g, '-')}.db`);
  const part = `${file}.part-${randomBytes(4).toString('hex')}`;
  try {
    await (await open(part, 'wx', 0o600)).close();
    await database.copyTo(part);
    await checkIntegrity(part);
    await settle(part, file);
    return { file, at };
  } catch (cause) {
    // A copy needs no space where the database is: what is full or read-only is the folder.
    throw cause instanceof TwinstileError && whyUnwritable(cause) === undefined
      ? cause
      : unwritable(folder, cause);
  } finally {
    await rm(part, { force: true });
  }
}

/** A clock that is set right a little after a backup does not make it one of a wrong time. */
const MAX_AHEAD_MS = 3_600_000;

/**
 * Lists newest first; a folder that is not there holds none. @throws TwinstileError 'gallery-unusable' for one that cannot be read.
 * @param now those of a later time were made while the clock was ahead and come last: they are neither the newest nor worth keeping longest.
 */
export async function backupsIn(
  folder: string,
  now: WallTime = wallTime(Number.POSITIVE_INFINITY),
): Promise<readonly Backup[]> {
  return (await filesIn(folder))
    .flatMap((name) => {
      const [, stamp] = NAME.exec(name) ?? [];
      if (stamp === undefined) return [];
      const iso = stamp.replace(/T(\d\d)-(\d\d)-(\d\d)-(\d{3})Z/, 'T$1:$2:$3.$4Z');
      return [{ file: path.join(folder, name), at: wallTime(Date.parse(iso)) }];
    })
    .sort((a, b) => Number(isAhead(a, now)) - Number(isAhead(b, now)) || b.at - a.at);
}

/** A folder that cannot be read need not be empty: what erases or rotates has to reach every copy. */
const filesIn = (folder: string): Promise<readonly string[]> =>
  namesIn(folder).catch((cause: unknown) => {
    throw unusableStorage(
      `to read the folder of backups ${folder}`,
      systemReason(cause)?.got ?? String(cause),
      'Let this user read it, or run this as the user that may.',
      cause,
    );
  });

const isAhead = ({ at }: Backup, now: WallTime): boolean => at > now + MAX_AHEAD_MS;

/** Keeps the newest, and takes away what a backup that was cut off left. @returns how many were removed. */
export async function pruneBackups(folder: string, keep: number, now?: WallTime): Promise<number> {
  const old = (await backupsIn(folder, now)).slice(keep);
  for (const { file } of old) await rm(file, { force: true });
  for (const name of await filesIn(folder))
    if (/^twinstile-.*\.db\.part-/.test(name)) await rm(path.join(folder, name), { force: true });
  return old.length;
}

/** Every page, every index, every reference. @throws TwinstileError 'gallery-unusable' | 'database-missing'. */
export async function checkIntegrity(file: string): Promise<void> {
  await expectFile(file);
  const connection = await connect(file);
  try {
    const [first] = await connection.all<{ readonly integrity_check: string }>('PRAGMA integrity_check(1)');
    const strays = await connection.all('PRAGMA foreign_key_check');
    if (first?.integrity_check !== 'ok' || strays.length > 0) throw damaged(file);
  } finally {
    await connection.close();
  }
}

/** Puts a copy of a good file in the place of another: whole or not at all. */
export async function copyAtomically(from: string, to: string): Promise<void> {
  const part = `${to}.part-${randomBytes(4).toString('hex')}`;
  try {
    await copyFile(from, part);
    await settle(part, to);
  } finally {
    await rm(part, { force: true });
  }
}

async function settle(part: string, file: string): Promise<void> {
  const handle = await open(part, 'r+');
  try {
    await handle.chmod(0o600);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await giveToOwnerOf(path.dirname(file), part);
  await rename(part, file);
  const folder = await open(path.dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

const damaged = (file: string): Error =>
  storageError(file, Object.assign(new Error('damaged pages or references'), { code: 'SQLITE_CORRUPT' }));

/** What the system and SQLite call it. */
const WHY: Readonly<Record<string, readonly [got: string, hint: string]>> = {
  ENOSPC: ['a full disk', 'Make room there'],
  EDQUOT: ['a full disk', 'Make room there, or raise the quota'],
  SQLITE_FULL: ['a full disk', 'Make room there'],
  EROFS: ['a read-only one', 'Mount it for writing'],
  SQLITE_READONLY: ['a read-only one', 'Mount it for writing'],
  EACCES: ['one without the rights', 'Let the user of the service write there'],
  EPERM: ['one without the rights', 'Let the user of the service write there'],
  SQLITE_CANTOPEN: [
    'one that cannot be written',
    'Mount it for writing, or let the user of the service write there',
  ],
};

function whyUnwritable(error: unknown): readonly [got: string, hint: string] | undefined {
  const cause = error instanceof TwinstileError ? error.cause : error;
  return cause instanceof Error && 'code' in cause ? WHY[String(cause.code)] : undefined;
}

function unwritable(folder: string, cause: unknown): TwinstileError {
  const [got, hint] = whyUnwritable(cause) ?? ['one that cannot be used', 'Look into it'];
  return unusableStorage(
    `a folder for backups at ${folder}`,
    got,
    `${hint}, or name another backup.folder. Backups that were made before are as they were.`,
    cause,
  );
}
