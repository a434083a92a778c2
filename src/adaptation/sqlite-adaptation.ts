/** What lanes gather of their cameras, sealed like templates under a key of its own that the master key wraps. */
import type { LaneId, ModelDigest } from '../base/ids.js';
import { type ActSource, recordActIn } from '../records/journal/act.js';
import { newDataKey, seal, unseal } from '../records/people/aes-gcm.js';
import { type Sql, type Tables, unusableStorage } from '../records/sql-port.js';
import type { AdaptationStore, LaneAdaptation } from './adaptation-store.js';
import { centreStep } from './camera-statistics.js';
import { PARTS, type Part, partFromBytes, partToBytes } from './sqlite-adaptation-rows.js';

const KEY_OWNER = 'twinstile adaptation key 1';

interface Row {
  readonly part: Part;
  readonly sealed: Uint8Array;
}

/**
 * The database stays the caller's to close.
 * @param master the gallery's key, 32 bytes.
 * @param acts who changes it; absent where nothing is changed that decides who may pass, such as the sums.
 * @throws TwinstileError 'gallery-unusable' when what is stored does not open: each call may.
 */
export function openAdaptation(tables: Tables, master: Uint8Array, acts?: ActSource): AdaptationStore {
  const own = Uint8Array.from(master);
  return {
    generation: () => tables.read(generationIn),
    load: (lane, encoder) => tables.read((sql) => loadIn(sql, own, lane, encoder)),
    change: (lane, encoder, step, actOf) =>
      tables.write(async (sql) => {
        const before = await loadIn(sql, own, lane, encoder);
        const after = step(before);
        const moved = PARTS.filter((part) => before[part] !== after[part]);
        if (moved.length === 0) return before;
        const key = await keyIn(sql, own);
        for (const part of moved) await put(sql, key, { lane, encoder, part }, after);
        if (moved.includes('used') || movesCentre(before, after))
          await sql.run('UPDATE adaptation_state SET generation = generation + 1');
        const act = actOf?.(before, after);
        if (act !== undefined && acts !== undefined) await recordActIn(sql, acts, act);
        return after;
      }),
  };
}

const movesCentre = (before: LaneAdaptation, after: LaneAdaptation): boolean =>
  centreStep(before.sums?.statistics) !== centreStep(after.sums?.statistics);

/** For a rotation of the master key, in its transaction. @throws TwinstileError 'gallery-unusable'. */
export async function rewrapAdaptation(sql: Sql, old: Uint8Array, fresh: Uint8Array): Promise<void> {
  const wrapped = await wrappedIn(sql);
  if (wrapped === null) return;
  const key = unseal(old, wrapped, KEY_OWNER);
  if (key === undefined) throw changed('the key');
  await sql.run('UPDATE adaptation_state SET wrapped_key = ?', seal(fresh, key, KEY_OWNER));
}

interface PartKey {
  readonly lane: LaneId;
  readonly encoder: ModelDigest;
  readonly part: Part;
}

async function put(
  sql: Sql,
  key: Uint8Array,
  { lane, encoder, part }: PartKey,
  after: LaneAdaptation,
): Promise<void> {
  const bytes = partToBytes(part, after);
  if (bytes === undefined) {
    await sql.run('DELETE FROM adaptation WHERE lane = ? AND part = ?', lane, part);
    return;
  }
  await sql.run(
    `INSERT INTO adaptation VALUES (?, ?, ?, ?)
       ON CONFLICT (lane, part) DO UPDATE SET encoder = excluded.encoder, sealed = excluded.sealed`,
    lane,
    part,
    encoder,
    seal(key, bytes, ownerOf(lane, part, encoder)),
  );
}

async function loadIn(
  sql: Sql,
  master: Uint8Array,
  lane: LaneId,
  encoder: ModelDigest,
): Promise<LaneAdaptation> {
  const rows = await sql.all<Row>(
    'SELECT part, sealed FROM adaptation WHERE lane = ? AND encoder = ?',
    lane,
    encoder,
  );
  if (rows.length === 0) return {};
  const key = await keyIn(sql, master);
  const parts = rows.map(({ part, sealed }) => {
    const plain = unseal(key, sealed, ownerOf(lane, part, encoder));
    const one = plain === undefined ? undefined : partFromBytes(part, plain, encoder);
    if (one === undefined) throw changed(`${part} of lane ${lane}`);
    return one;
  });
  return Object.assign({}, ...parts);
}

async function keyIn(sql: Sql, master: Uint8Array): Promise<Uint8Array> {
  const wrapped = await wrappedIn(sql);
  if (wrapped === null) {
    const fresh = newDataKey();
    await sql.run('UPDATE adaptation_state SET wrapped_key = ?', seal(master, fresh, KEY_OWNER));
    return fresh;
  }
  const key = unseal(master, wrapped, KEY_OWNER);
  if (key === undefined) throw changed('the key');
  return key;
}

const wrappedIn = async (sql: Sql): Promise<Uint8Array | null> =>
  (
    await sql.one<{ readonly wrapped: Uint8Array | null }>(
      'SELECT wrapped_key AS wrapped FROM adaptation_state',
    )
  )?.wrapped ?? null;

const generationIn = async (sql: Sql): Promise<number> =>
  (await sql.one<{ readonly generation: number }>('SELECT generation FROM adaptation_state'))?.generation ??
  0;

const ownerOf = (lane: LaneId, part: Part, encoder: ModelDigest): string =>
  JSON.stringify(['twinstile adaptation 1', lane, part, encoder]);

const changed = (what: string) =>
  unusableStorage(
    `what was gathered of cameras as it was stored (${what})`,
    'something else',
    'Find out who wrote to the database, and restore it from a backup.',
  );
