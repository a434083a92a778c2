/**
 * Changes the fleet's folder so that the journal's chain records who did it. The order is: the act is recorded in the folder,
 * the files change, the act is marked as finished, and the chain takes it. If this is interrupted at any point, the act is in
 * the folder or in the chain, and the next command in this folder that has a journal takes it over, at the latest
 * `gallery publish`, without which no box receives a changed key or device.
 */
import { randomUUID } from 'node:crypto';
import { explain } from '../../base/errors.js';
import { type PendingAct, type PendingActs, pendingActs } from '../../fleet/repository/pending-acts.js';
import { type Act, type ActSource, recordActIn } from '../../records/journal/act.js';
import { withFolderLock } from '../../records/sql/sqlite/folder-lock.js';
import type { Tables } from '../../records/sql-port.js';
import type { Config } from '../config/config-schema.js';
import { withTables } from './open-gallery.js';

export interface FleetChange {
  /** The fleet's folder. */
  readonly fleet: string;
  /** The journal that takes the acts; absent: they wait in the folder. */
  readonly journal: Config | undefined;
  readonly credentials: string | undefined;
  readonly acts: ActSource;
  /** Receives one line about acts that wait. */
  readonly onWaiting: (line: string) => void;
}

/** An act that is recorded but not finished. */
interface BegunAct {
  /** @param facts known only after the work, such as the number of a release. */
  done(facts?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Withdraws the act, when nothing was changed. */
  nothingChanged(): Promise<void>;
}

/** Records an act; to be called before the first file changes. */
export type Begin = (act: Act) => Promise<BegunAct>;

/**
 * Runs the work under the folder's lock. An act that it began and did not finish becomes a row as well, with
 * `finished: false`.
 * @throws TwinstileError 'gallery-unusable' when the folder is locked or cannot be written, and the work's errors.
 */
export function changeFleet<T>(change: FleetChange, work: (begin: Begin) => Promise<T>): Promise<T> {
  const { fleet, acts } = change;
  return withFolderLock(fleet, async () => {
    const waiting = pendingActs(fleet);
    try {
      return await work((act) => begin(waiting, acts, act));
    } finally {
      // The caller receives the error of the work.
      await settle(change, waiting).catch((error: unknown) => change.onWaiting(explain(error)));
    }
  });
}

async function begin(waiting: PendingActs, { actor, now }: ActSource, act: Act): Promise<BegunAct> {
  const begun: PendingAct = { id: randomUUID(), at: now(), actor, act, finished: false };
  await waiting.save([...(await waiting.load()), begun]);
  const put = async (...instead: readonly PendingAct[]): Promise<void> =>
    waiting.save([...(await waiting.load()).filter(({ id }) => id !== begun.id), ...instead]);
  return {
    done: (facts = {}) => put({ ...begun, act: { ...act, ...facts }, finished: true }),
    nothingChanged: () => put(),
  };
}

async function settle({ journal, credentials, onWaiting }: FleetChange, waiting: PendingActs): Promise<void> {
  const count = (await waiting.load()).length;
  if (count === 0) return;
  const later = `${count} ${count === 1 ? 'act waits' : 'acts wait'} in ${waiting.file} and ${count === 1 ? 'enters' : 'enter'} the journal with the next command in this folder that has its configuration (--config), at the latest with: twinstile gallery publish`;
  if (journal === undefined) return onWaiting(later);
  try {
    await withTables(journal, credentials, (tables) => journalFleetActs(tables, waiting));
  } catch (error) {
    onWaiting(`The journal does not take it now: ${explain(error)}`);
    onWaiting(later);
  }
}

/** Moves the waiting acts into the chain, in one transaction and each act once. The caller must hold the folder's lock. */
export async function journalFleetActs(tables: Pick<Tables, 'write'>, waiting: PendingActs): Promise<void> {
  const acts = await waiting.load();
  if (acts.length === 0) return;
  await tables.write(async (sql) => {
    for (const { id, at, actor, act, finished } of acts) {
      const known = await sql.one("SELECT 1 FROM journal WHERE kind = 'act' AND subject = ?", id);
      // An earlier run was interrupted after the chain took the act and before the folder dropped it.
      if (known !== undefined) continue;
      const row = finished ? act : { ...act, finished };
      await recordActIn(sql, { actor, now: () => at }, row, id);
    }
  });
  await waiting.save([]);
}
