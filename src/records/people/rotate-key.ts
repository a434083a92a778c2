/** Rotates the master key: wraps every person's key again in the caller's transaction, so that either the old key opens everything or the new one. */
import type { PersonId } from '../../base/ids.js';
import { type ActSource, recordActIn } from '../journal/act.js';
import type { Sql } from '../sql-port.js';
import { TemplateCipher, undamaged } from './template-cipher.js';
import { rewrapBadgeTags } from './tombstones.js';

/**
 * The templates themselves stay as they are.
 * @returns how many people's keys were wrapped again; undefined, without a change, when the new key is already in use.
 * @throws TwinstileError 'gallery-locked' when the old key is not the gallery's, 'key-unusable'.
 */
export async function rewrapKeys(
  sql: Sql,
  old: Uint8Array,
  fresh: Uint8Array,
  acts?: ActSource,
): Promise<number | undefined> {
  const from = new TemplateCipher(old);
  const to = new TemplateCipher(fresh);
  try {
    if (await to.isKeyOf(sql)) return undefined;
    await from.unlock(sql);
    const rows = await sql.all<{ readonly id: PersonId; readonly wrapped_key: Uint8Array }>(
      'SELECT id, wrapped_key FROM people',
    );
    for (const { id, wrapped_key } of rows) {
      // A damaged one opens nothing by either key, and must not keep the others from the new one.
      const wrapped = undamaged(() => from.rewrap(id, wrapped_key, to));
      if (wrapped !== undefined) await sql.run('UPDATE people SET wrapped_key = ? WHERE id = ?', wrapped, id);
    }
    await rewrapBadgeTags(sql, from, to);
    await to.storeKeyCheck(sql);
    if (acts !== undefined) await recordActIn(sql, acts, { act: 'gallery-key-rotated', people: rows.length });
    return rows.length;
  } finally {
    from.zeroize();
    to.zeroize();
  }
}
