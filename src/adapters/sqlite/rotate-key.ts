/** A new master key: every data key is wrapped anew in one transaction, so that either the old key opens everything or the new one. */
import type { PersonId } from '../../base/ids.js';
import { Vault } from '../../tables/vault.js';
import { rewrapAdaptation } from './adaptation.js';
import type { Database } from './database.js';

/**
 * The templates themselves stay as they are. Afterwards the file is written anew, so that no free page keeps a key that
 * the old master key opens.
 * @returns how many people's keys were wrapped anew; 0 and nothing done when the new key is the one in use already.
 * @throws TwinstileError 'gallery-locked' when the old key is not the gallery's, 'key-unusable'.
 */
export async function rotateKey(database: Database, old: Uint8Array, fresh: Uint8Array): Promise<number> {
  const from = new Vault(old);
  const to = new Vault(fresh);
  try {
    const people = await database.write(async (sql) => {
      if (await to.isKeyOf(sql)) return 0;
      await from.unlock(sql);
      const rows = await sql.all<{ readonly id: PersonId; readonly wrapped_key: Uint8Array }>(
        'SELECT id, wrapped_key FROM people',
      );
      for (const { id, wrapped_key } of rows)
        await sql.run('UPDATE people SET wrapped_key = ? WHERE id = ?', from.rewrap(id, wrapped_key, to), id);
      await rewrapAdaptation(sql, old, fresh);
      await to.take(sql);
      return rows.length;
    });
    await database.rebuild();
    return people;
  } finally {
    from.forget();
    to.forget();
  }
}
