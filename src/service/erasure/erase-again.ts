/**
 * Repeats erasures on a database that was restored from a backup, which may hold people who were erased since. The receipts
 * next to it identify them: they hold no names, but the box can compare each id with their keyed hashes.
 */
import { randomUUID } from 'node:crypto';
import { TwinstileError } from '../../base/errors.js';
import { laneId, siteId } from '../../base/ids.js';
import type { WallTime } from '../../base/units.js';
import { laneTopics } from '../../gate/protocol/topics.js';
import type { Log } from '../../platform/log.js';
import { isAbout, nameOf, type Receipt } from '../../records/erasure/erasure-receipt.js';
import { erasureEntry, erasuresIn, hasRow, peopleNamed } from '../../records/erasure/erasure-traces.js';
import { forgetPeople, type Note } from '../../records/erasure/forget-people.js';
import type { Database } from '../../records/sql/sqlite/sqlite-database.js';
import { appendIn } from '../../records/sql/sqlite/sqlite-journal.js';
import type { Sql } from '../../records/sql-port.js';
import type { Config } from '../config/config-schema.js';
import { readErasureKeys } from './erasure-key.js';
import { readReceipts } from './erasure-receipts.js';

export interface ErasedAgain {
  readonly people: number;
  /** Receipt files that failed verification. */
  readonly doubtful: readonly string[];
}

/**
 * People who enrolled again after an erasure are kept: the row of the erasure in the journal shows that it was already applied
 * to this database. Costs almost no time when there is no work.
 * @param galleryKey requested only when there is work.
 * @throws TwinstileError 'gallery-unusable' | 'key-unusable' | 'gallery-locked'.
 */
export async function eraseAgain(
  database: Database,
  config: Pick<Config, 'site' | 'data_dir' | 'backup' | 'lanes'>,
  now: WallTime,
  galleryKey: () => Promise<Uint8Array>,
): Promise<ErasedAgain> {
  const { receipts, doubtful } = await readReceipts(config);
  const missing = await database.read((sql) => unheardOf(receipts, sql));
  if (missing.length === 0) return { people: 0, doubtful };
  const needed = missing.flatMap((receipt) => (receipt.v === 2 ? (receipt.box_key ?? []) : []));
  const box = needed.length === 0 ? [] : await readErasureKeys(config, await galleryKey());
  const lost = needed.find((key) => !box.some(({ id }) => id === key));
  if (lost !== undefined) throw keyMissing(lost);
  const named = await database.read(peopleNamed);
  const meant = missing.map((receipt) => ({
    receipt,
    person: named.find((id) => isAbout(receipt, id, { box }) === true),
  }));
  const people = meant.flatMap(({ person }) => person ?? []);
  const notes = meant.map(
    ({ receipt, person }): Note => ({
      entry: erasureEntry(nameOf(receipt), now, person === undefined ? 'erased' : 'erased-again'),
    }),
  );
  if (people.length > 0)
    await forgetPeople(database, people, now, [...notes, ...alertsOf(config, people.length, now)]);
  else
    await database.write(async (sql) => {
      for (const { entry } of notes) await appendIn(sql, entry);
    });
  return { people: people.length, doubtful };
}

/** Security alert at every lane: the operators may not know that the database was restored. */
function alertsOf(
  { site, lanes }: Pick<Config, 'site' | 'lanes'>,
  people: number,
  now: WallTime,
): readonly Note[] {
  return lanes.map(({ id: lane }) => {
    const id = randomUUID();
    const body = { lane, notice: 'restored-people-erased', people };
    const { notice: alert, ...rest } = body;
    const payload = JSON.stringify({ v: 1, id, at: new Date(now).toISOString(), alert, ...rest });
    const topic = laneTopics(siteId(site), laneId(lane)).alert;
    return { entry: { kind: 'notice', subject: id, at: now, body }, message: { id, topic, payload } };
  });
}

async function unheardOf(receipts: readonly Receipt[], sql: Sql): Promise<readonly Receipt[]> {
  if (receipts.length === 0) return [];
  const known = await erasuresIn(sql);
  const missing: Receipt[] = [];
  for (const receipt of receipts) {
    if (known.has(nameOf(receipt))) continue;
    // Receipts from before erasures had a row of their own.
    if (receipt.v === 1 && receipt.journal_head !== null && (await hasRow(sql, receipt.journal_head)))
      continue;
    missing.push(receipt);
  }
  return missing;
}

const keyMissing = (id: string): TwinstileError =>
  new TwinstileError({
    code: 'key-unusable',
    message: `Expected erasures/erasure-${id}.key, sealed under this gallery key, got none: who was erased cannot be found in this database.`,
    hint: 'Put the file back, from the data folder or from beside the backups, and the gallery key that was in use then.',
  });

interface SettleOptions {
  readonly log: Pick<Log, 'warn' | 'error'>;
  readonly galleryKey: () => Promise<Uint8Array>;
}

/** Runs at the start and after a restore of the database, and logs the result. */
export async function settleErasures(
  database: Database,
  config: Parameters<typeof eraseAgain>[1],
  now: WallTime,
  { log, galleryKey }: SettleOptions,
): Promise<void> {
  const { people, doubtful } = await eraseAgain(database, config, now, galleryKey);
  if (people > 0)
    log.warn({ people }, 'the database came back with people who had been erased: they are erased again');
  for (const file of doubtful)
    log.error({ file }, 'a receipt of an erasure cannot be believed, and was passed over');
}
