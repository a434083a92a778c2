/** Rotates the master key of the box's own file. */

import { rewrapAdaptation } from '../../adaptation/sqlite-adaptation.js';
import type { ActSource } from '../../records/journal/act.js';
import { rewrapKeys } from '../../records/people/rotate-key.js';
import type { Database } from '../../records/sql/sqlite/sqlite-database.js';

/**
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
