/** Rotates the gallery key of the database that offices share: replaces this office's file; the other offices need a copy. */
import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { MAX_KEY_FILE, readPlainFile } from '../../platform/plain-file.js';
import { rewrapKeys } from '../../records/people/rotate-key.js';
import type { PostgresDatabase } from '../../records/sql/postgres/postgres-database.js';
import { localActs } from './local-acts.js';
import { freshFile, isKeyOf, replace, writeDurably } from './rotate-gallery-key.js';

/**
 * @param file the key in use.
 * @returns number of people whose keys were rewrapped.
 * @throws TwinstileError 'gallery-locked' | 'gallery-unusable'.
 */
export async function rotateAtRegistrar(database: PostgresDatabase, file: string): Promise<number> {
  await settleRegistrarKey(database, file);
  const old = await readPlainFile(file, { maxBytes: MAX_KEY_FILE });
  const fresh = randomBytes(32);
  await writeDurably(freshFile(file), fresh);
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
  const fresh = await readFile(freshFile(file)).catch(() => undefined);
  if (fresh === undefined) return;
  if (fresh.length === 32 && (await isKeyOf(database, fresh))) await replace(freshFile(file), file);
  else await rm(freshFile(file));
}
