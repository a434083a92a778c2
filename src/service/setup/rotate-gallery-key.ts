/**
 * Rotates the gallery key: writes the new one next to the old one, rewraps the database and every backup, then replaces the
 * old file.
 * If it is interrupted, either the old file or the `.new` one opens the database; `settleKey` determines which.
 */
import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { rewrapAdaptation } from '../../adaptation/sqlite-adaptation.js';
import { TwinstileError } from '../../base/errors.js';
import { readIfPresent } from '../../platform/atomic-file.js';
import { MAX_KEY_FILE, openForWriting, readPlainFile } from '../../platform/plain-file.js';
import type { ActSource } from '../../records/journal/act.js';
import { rewrapKeys } from '../../records/people/rotate-key.js';
import { TemplateCipher } from '../../records/people/template-cipher.js';
import type { PostgresDatabase } from '../../records/sql/postgres/postgres-database.js';
import { backupsIn } from '../../records/sql/sqlite/sqlite-backup.js';
import { type Database, openDatabase } from '../../records/sql/sqlite/sqlite-database.js';
import type { Tables } from '../../records/sql-port.js';
import { localActs } from './local-acts.js';

export interface Rotated {
  readonly people: number;
  readonly backups: number;
}

/** Path of the new key until the database has taken it. */
const freshFile = (file: string): string => `${file}.new`;

/** Encrypts the other files under the gallery key again, with the new one. May be repeated. */
export type Reseal = (old: Uint8Array, fresh: Uint8Array) => Promise<void>;

/** @param file the key in use. @param backups folder. @throws TwinstileError 'gallery-locked' | 'gallery-unusable'. */
export async function rotateGalleryKey(
  database: Database,
  file: string,
  backups: string,
  reseal: Reseal = async () => {},
): Promise<Rotated> {
  await settleKey(database, file, backups, reseal);
  const old = await readPlainFile(file, { maxBytes: MAX_KEY_FILE });
  const fresh = randomBytes(32);
  await writeFreshKey(file, fresh);
  const copies = await backupsIn(backups);
  const people = await rotateKey(database, old, fresh, localActs());
  for (const copy of copies) await rotateCopy(copy.file, old, fresh);
  await reseal(old, fresh);
  await replace(freshFile(file), file);
  return { people, backups: copies.length };
}

/**
 * Completes an interrupted rotation: forward when the database took the new key, back when it did not.
 * @throws TwinstileError 'gallery-locked' when neither key opens it.
 */
export async function settleKey(
  database: Database,
  file: string,
  backups: string,
  reseal: Reseal = async () => {},
): Promise<void> {
  const fresh = await readIfPresent(freshFile(file));
  if (fresh === undefined) return;
  if (fresh.length !== 32 || !(await isKeyOf(database, fresh))) return rm(freshFile(file));
  // The old key still exists: some of the backups may need it.
  const old = await readPlainFile(file, { maxBytes: MAX_KEY_FILE });
  for (const copy of await backupsIn(backups)) await rotateCopy(copy.file, old, fresh);
  await reseal(old, fresh);
  await replace(freshFile(file), file);
}

async function isKeyOf(database: Pick<Tables, 'read'>, key: Uint8Array): Promise<boolean> {
  const cipher = new TemplateCipher(key);
  try {
    return await database.read((sql) => cipher.isKeyOf(sql));
  } finally {
    cipher.zeroize();
  }
}

/** A backup from before an earlier rotation needs a key that no longer exists: it is left unchanged and cannot be used. */
async function rotateCopy(file: string, old: Uint8Array, fresh: Uint8Array): Promise<void> {
  const copy = await openDatabase(file);
  try {
    await rotateKey(copy, old, fresh);
  } catch (error) {
    if (!(error instanceof TwinstileError) || error.code !== 'gallery-locked') throw error;
  } finally {
    await copy.close();
  }
}

/** Next to the key in use, and of the same owner: root may rotate a key that the service has to read. */
async function writeFreshKey(inUse: string, fresh: Uint8Array): Promise<void> {
  const file = freshFile(inUse);
  const { uid, gid } = await stat(inUse);
  const handle = await openForWriting(file, { mode: 0o600, how: 'replace' });
  try {
    await handle.chmod(0o600);
    if (process.geteuid?.() === 0) await handle.chown(uid, gid);
    await handle.writeFile(fresh);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncFolder(file);
}

async function replace(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(to);
}

async function syncFolder(file: string): Promise<void> {
  const folder = await open(path.dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * Rotates the master key of the box's own file.
 * Runs in one transaction; afterwards the file is rewritten, so that no free page keeps a key that the old master key
 * decrypts.
 * @returns number of people whose keys were rewrapped; 0 and no change when the new key is already in use.
 * @throws TwinstileError 'gallery-locked' when the old key is not the gallery's, 'key-unusable'.
 */
export async function rotateKey(
  database: Database,
  old: Uint8Array,
  fresh: Uint8Array,
  acts?: ActSource,
): Promise<number> {
  const people = await database.write(async (sql) => {
    const wrapped = await rewrapKeys(sql, old, fresh, acts);
    if (wrapped !== undefined) await rewrapAdaptation(sql, old, fresh);
    return wrapped ?? 0;
  });
  await database.rebuild();
  return people;
}

/**
 * Rotates the gallery key of the database that offices share: replaces this office's file; the other offices need a copy.
 * @param file the key in use.
 * @returns number of people whose keys were rewrapped.
 * @throws TwinstileError 'gallery-locked' | 'gallery-unusable'.
 */
export async function rotateAtRegistrar(database: PostgresDatabase, file: string): Promise<number> {
  await settleRegistrarKey(database, file);
  const old = await readPlainFile(file, { maxBytes: MAX_KEY_FILE });
  const fresh = randomBytes(32);
  await writeFreshKey(file, fresh);
  const people = await database.write((sql) => rewrapKeys(sql, old, fresh, localActs()));
  await replace(freshFile(file), file);
  await database.rebuild();
  return people ?? 0;
}

/** Completes an interrupted rotation: forward when the database took the new key, back when it did not. */
export async function settleRegistrarKey(
  database: Pick<PostgresDatabase, 'read'>,
  file: string,
): Promise<void> {
  const fresh = await readIfPresent(freshFile(file));
  if (fresh === undefined) return;
  if (fresh.length === 32 && (await isKeyOf(database, fresh))) await replace(freshFile(file), file);
  else await rm(freshFile(file));
}
