/**
 * Tags badges with an HMAC-SHA-256 under a key of this database, which the gallery's master key wraps. A removed badge
 * leaves its tag without a person, so that it is recognised again and does not reveal its holder.
 */
import { createHmac } from 'node:crypto';
import type { BadgeId } from '../../base/ids.js';
import { badgeKey } from '../../base/names.js';
import type { WallTime } from '../../base/units.js';
import { systemClock } from '../../platform/system-clock.js';
import { appendRow } from '../journal/append.js';
import type { Sql } from '../sql-port.js';
import { type TemplateCipher, undamaged } from './template-cipher.js';

const KEY_OWNER = 'twinstile tombstone key 1';
/** Rows to a statement when tags are filled in. */
const PAGE = 500;

export type BadgeTag = (badge: string) => Uint8Array;

/** Reads the key of the tags, or makes it, and tags the badges of older versions. In a transaction that may write. */
export async function openBadgeTags(sql: Sql, cipher: TemplateCipher): Promise<BadgeTag> {
  const key = await tagKeyIn(sql, cipher);
  const tag: BadgeTag = (badge) => createHmac('sha256', key).update(badgeKey(badge)).digest();
  await tagOlderRows(sql, tag);
  return tag;
}

/**
 * Opens a keyed digest for something else than badges, by a key of its own that outlives a rotation of the master key.
 * In a transaction that may write. @param purpose for which it is used.
 */
export async function openTagsFor(
  sql: Sql,
  cipher: TemplateCipher,
  purpose: string,
): Promise<(text: string) => Uint8Array> {
  const key = createHmac('sha256', await tagKeyIn(sql, cipher))
    .update(`twinstile tags for ${purpose}`)
    .digest();
  return (text) => createHmac('sha256', key).update(text).digest();
}

async function tagKeyIn(sql: Sql, cipher: TemplateCipher): Promise<Uint8Array> {
  const row = await sql.one<{ readonly wrapped_key: Uint8Array | null }>(
    'SELECT wrapped_key FROM tombstone_state',
  );
  const known = row?.wrapped_key ?? undefined;
  const key = known === undefined ? undefined : undamaged(() => cipher.unwrap(known, KEY_OWNER));
  if (key !== undefined) return key;
  // A wrong master key opens nothing either: then nothing is replaced.
  if (known !== undefined) {
    await cipher.unlock(sql);
    await giveUpTags(sql);
  }
  const wrapped = cipher.newWrapped(KEY_OWNER);
  await sql.run('UPDATE tombstone_state SET wrapped_key = ?', wrapped);
  return cipher.unwrap(wrapped, KEY_OWNER);
}

/** Bytes of a tag; a longer one is of a key that was lost. */
const TAG_LENGTH = 32;

/**
 * The key of the tags was damaged: badges get new tags, and tombstones can no longer be recognised. While there is one,
 * each badge without a holder counts as removed: no visitor is let in, and none of those who were removed.
 */
async function giveUpTags(sql: Sql): Promise<void> {
  const rows = await sql.all<{ readonly tag: Uint8Array }>('SELECT tag FROM tombstones');
  for (const { tag } of rows)
    if (tag.length === TAG_LENGTH)
      await sql.run(
        'UPDATE tombstones SET tag = ? WHERE tag = ?',
        Buffer.concat([tag, Buffer.alloc(1)]),
        tag,
      );
  await sql.run('UPDATE badges SET tag = NULL');
  await appendRow(sql, {
    kind: 'notice',
    subject: 'tombstones',
    at: systemClock.wall(),
    body: { notice: 'tombstones-unreadable', tombstones: rows.length },
  });
}

/** For a rotation of the master key, in its transaction. */
export async function rewrapBadgeTags(sql: Sql, from: TemplateCipher, to: TemplateCipher): Promise<void> {
  const row = await sql.one<{ readonly wrapped_key: Uint8Array | null }>(
    'SELECT wrapped_key FROM tombstone_state',
  );
  if (row === undefined || row.wrapped_key === null) return;
  const { wrapped_key: wrapped } = row;
  const key = undamaged(() => from.rewrapFor(KEY_OWNER, wrapped, to));
  // A damaged one must not keep people's keys from the new one: it is replaced when it is needed.
  if (key !== undefined) await sql.run('UPDATE tombstone_state SET wrapped_key = ?', key);
}

/** @returns why the badge has no holder any more, 'removed' where that is not known; undefined for one that never had a holder here. */
export async function tombstoneCauseIn(
  sql: Sql,
  tag: Uint8Array,
): Promise<'removed' | 'revoked' | undefined> {
  const row = await sql.one<{ readonly cause: 'removed' | 'revoked' }>(
    'SELECT cause FROM tombstones WHERE tag = ?',
    tag,
  );
  if (row !== undefined) return row.cause;
  const unreadable = await sql.one(`SELECT 1 FROM tombstones WHERE length(tag) > ${TAG_LENGTH} LIMIT 1`);
  return unreadable === undefined ? undefined : 'removed';
}

/** Adds a tombstone for a revoked badge without a holder here, so that it is recognised. */
export async function tombstoneRevoked(sql: Sql, tag: Uint8Array, at: WallTime): Promise<void> {
  await sql.run(
    `INSERT INTO tombstones VALUES (?, 'revoked', ?)
       ON CONFLICT (tag) DO UPDATE SET cause = excluded.cause, at_ms = excluded.at_ms`,
    tag,
    at,
  );
}

/** Adds a tombstone for a badge of the fleet whose holder is not imported here, so that it is recognised. */
export async function tombstoneUnheld(sql: Sql, tag: Uint8Array): Promise<void> {
  await sql.run(
    `INSERT INTO tombstones SELECT ?, 'removed', CAST(unixepoch('subsec') * 1000 AS INTEGER)
       WHERE NOT EXISTS (SELECT 1 FROM badges WHERE tag = ?)
       ON CONFLICT (tag) DO UPDATE SET at_ms = excluded.at_ms`,
    tag,
    tag,
  );
}

/** Removes the tombstone: the badge may be a visitor's again. @returns whether there was a tombstone. */
export const releaseIn = async (sql: Sql, tag: Uint8Array): Promise<boolean> =>
  (await sql.run('DELETE FROM tombstones WHERE tag = ?', tag)) > 0;

/** @returns how many are gone. */
export const forgetTombstonesBefore = (sql: Sql, at: WallTime): Promise<number> =>
  sql.run('DELETE FROM tombstones WHERE at_ms < ?', at);

async function tagOlderRows(sql: Sql, tag: BadgeTag): Promise<void> {
  for (;;) {
    const rows = await sql.all<{ readonly id: BadgeId }>(
      `SELECT id FROM badges WHERE tag IS NULL ORDER BY id LIMIT ${PAGE}`,
    );
    for (const { id } of rows) await sql.run('UPDATE badges SET tag = ? WHERE id = ?', tag(id), id);
    if (rows.length < PAGE) return;
  }
}
