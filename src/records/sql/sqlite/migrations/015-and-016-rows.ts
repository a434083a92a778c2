/** Migrations that change rows by what is in them. Never changed once released. */
import { wallTime } from '../../../../base/units.js';
import { coverForgotten } from '../../../journal/forgotten-rows.js';
import type { Sql } from '../../../sql-port.js';

/** 015: accounts once for rows that were forgotten before retention and erasure left a row of their own. */
export async function coverOldRows(sql: Sql): Promise<void> {
  const found = await sql.one<{ readonly rows: number }>(
    'SELECT count(*) AS rows FROM journal WHERE seal IS NOT NULL AND personal IS NULL',
  );
  const newest = await sql.one<{ readonly at: number }>(
    'SELECT at_ms AS at FROM journal ORDER BY seq DESC LIMIT 1',
  );
  if (found !== undefined && found.rows > 0)
    await coverForgotten(sql, 'before', found.rows, wallTime(newest?.at ?? 0));
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ['gathering', 'insufficient-evidence'],
  ['nobody', 'no-face'],
  ['conflict', 'identity-conflict'],
  ['poor-picture', 'low-quality'],
  ['badge-needed', 'badge-required'],
  ['someone-behind', 'tailgating-suspected'],
  ['claimed-elsewhere', 'locked-at-another-lane'],
  ['pass-verified', 'document-verified'],
  ['pass-photo-unusable', 'document-photo-unusable'],
  ['pass-camera-missing', 'document-camera-missing'],
  ['encoder-untrue', 'encoder-self-test-failed'],
  ['gate-silent', 'gate-offline'],
  ['broker-away', 'broker-disconnected'],
  ['liveness-missing', 'pad-model-missing'],
  ['forced', 'forced-open'],
  ['held', 'held-open'],
]);
/** Fields of messages that hold one of them. */
const FIELDS: readonly string[] = ['reason', 'alert', 'outcome'];

/**
 * 016: renames the words of 0.1.0 that are stored outside of the journal: degraded causes that a release of models tolerates, and
 * messages that wait for the broker. Rows of the journal keep their words, because their hashes cover them.
 */
export async function renameStoredWords(sql: Sql): Promise<void> {
  await renameTolerated(sql);
  await renameWaiting(sql);
}

async function renameTolerated(sql: Sql): Promise<void> {
  const row = await sql.one<{ readonly body: string | null }>('SELECT body FROM models_progress');
  const stored = row?.body == null ? undefined : jsonIn(row.body);
  const watched = stored?.watched;
  if (!isObject(watched) || !Array.isArray(watched.tolerated)) return;
  const tolerated = [...new Set(watched.tolerated.map(renamed))].sort();
  const body = JSON.stringify({ ...stored, watched: { ...watched, tolerated } });
  await sql.run('UPDATE models_progress SET body = ?', body);
}

async function renameWaiting(sql: Sql): Promise<void> {
  const rows = await sql.all<{ readonly place: number; readonly topic: string; readonly payload: string }>(
    "SELECT place, topic, payload FROM outbox WHERE topic LIKE '%/notice' OR topic LIKE '%/decision'",
  );
  for (const { place, topic, payload } of rows) {
    const message = jsonIn(payload);
    if (message === undefined) continue;
    const fields = Object.entries(message).map(([key, value]) => {
      const name = key === 'notice' ? 'alert' : key;
      return [name, FIELDS.includes(name) ? renamed(value) : value];
    });
    await sql.run(
      'UPDATE outbox SET topic = ?, payload = ? WHERE place = ?',
      topic.replace(/\/notice$/, '/alert'),
      JSON.stringify(Object.fromEntries(fields)),
      place,
    );
  }
  // Its triggers count what is added and taken away, not what is changed.
  const bytes = 'length(CAST(id || topic || payload AS BLOB))';
  await sql.run(`UPDATE outbox_state SET
    bytes = (SELECT coalesce(sum(${bytes}), 0) FROM outbox),
    outside_bytes = (SELECT coalesce(sum(outside * ${bytes}), 0) FROM outbox)`);
}

const renamed = (value: unknown): unknown => (typeof value === 'string' && WORDS.get(value)) || value;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whatever else is stored there is for those to refuse who read it. */
function jsonIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
