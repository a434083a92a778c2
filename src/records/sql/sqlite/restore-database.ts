/**
 * A database that is damaged is put aside, and the last good backup takes its place: when it is opened and while it is in
 * use. A box with no backup begins with an empty one: it lets nobody in, and says why, which is better than ending and
 * being started again for ever.
 */
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { explain, TwinstileError } from '../../../base/errors.js';
import type { WallTime } from '../../../base/units.js';
import type { Sql } from '../../sql-port.js';
import { unusable } from '../unusable-storage.js';
import { type FileIdentity, type FileWatch, identityOf, watchFile } from './file-watch.js';
import { type Backup, backupsIn, checkIntegrity, copyAtomically } from './sqlite-backup.js';
import { type Database, openDatabase } from './sqlite-database.js';
import { isDamage } from './sqlite-error.js';

export interface Restored {
  /** Where the damaged file was put. */
  readonly damaged: string;
  /** Absent: there was no good one, and the box begins with an empty database. */
  readonly from?: Backup;
  readonly detail: string;
}

export interface RestoreDependencies {
  readonly file: string;
  /** Folder of the backups. */
  readonly backups: string;
  readonly now: () => WallTime;
  readonly onRestored: (restored: Restored) => void;
  /** Done to the first one and to each restored one, before anybody else works on it. */
  readonly settle?: (database: Database) => Promise<void>;
}

export interface RestoringDatabase extends Database {
  /**
   * Whether the file at the path is another one than the one that is open, or none. Nothing is written any more then; it
   * takes a new start to open what is there now.
   */
  isReplaced(): Promise<boolean>;
}

/** A disk that damages every file it is given must not keep the box busy with restoring. */
const MAX_TIMES = 3;

/** @throws TwinstileError 'gallery-unusable' for whatever is no damage, and when restoring fails. */
export async function openRestoringDatabase(dependencies: RestoreDependencies): Promise<RestoringDatabase> {
  let healed = 0;
  let watch: FileWatch | undefined;
  const opened = async (): Promise<Database> => {
    const { database, identity } = await openIdentified(dependencies.file);
    watch = watchFile(dependencies.file, identity);
    try {
      await dependencies.settle?.(database);
      return database;
    } catch (error) {
      // The first failure is the one to tell.
      await database.close().catch(() => {});
      throw error;
    }
  };
  const restore = async (cause: unknown): Promise<Database> => {
    if (healed >= MAX_TIMES) throw cause;
    const restored = await putBack(dependencies, explain(cause));
    healed += 1;
    const database = await opened();
    dependencies.onRestored(restored);
    return database;
  };
  const begin = async (): Promise<Database> => {
    await endWhatWasCutOff(dependencies.file);
    try {
      return await opened();
    } catch (error) {
      if (!isDamage(error)) throw error;
      return restore(error);
    }
  };
  let current = Promise.resolve(await begin());
  let closed = false;
  const next = (database: Promise<Database>): void => {
    current = database;
    // Told to whoever works on it next.
    current.catch(() => {});
  };

  /** Whoever met the damage is told; whoever comes next finds the restored one, or has it tried again. */
  const on = async <T>(work: (database: Database) => Promise<T>): Promise<T> => {
    const used = current;
    let database: Database;
    try {
      database = await used;
    } catch (error) {
      if (!closed && used === current) next(begin());
      throw error;
    }
    try {
      return await work(database);
    } catch (error) {
      if (!closed && used === current && isDamage(error))
        // Closing a damaged file may fail as everything else does with it.
        next(
          database.close().then(
            () => restore(error),
            () => restore(error),
          ),
        );
      throw error;
    }
  };
  /** Waits for a restore that is under way: that one replaces the file on purpose. */
  const isReplaced = async (): Promise<boolean> => {
    const used = current;
    if (closed || (await used.catch(() => undefined)) === undefined || used !== current) return false;
    return (await watch?.isSame()) === false && used === current;
  };
  const write = async <T>(work: (sql: Sql) => Promise<T>): Promise<T> => {
    // A decision that is written where nobody looks must not open a gate.
    if (await isReplaced()) throw replaced(dependencies.file);
    return on((database) => database.write(work));
  };
  return {
    isReplaced,
    read: (work) => on((database) => database.read(work)),
    survey: (work) => on((database) => database.survey(work)),
    write,
    scrub: () => on((database) => database.scrub()),
    rebuild: () => on((database) => database.rebuild()),
    script: (sql) => on((database) => database.script(sql)),
    copyTo: (target) => on((database) => database.copyTo(target)),
    async close() {
      closed = true;
      await (await current).close();
    },
  };
}

/** With the identity of what was opened, whoever exchanges it meanwhile. @throws TwinstileError 'gallery-unusable'. */
async function openIdentified(
  file: string,
): Promise<{ readonly database: Database; readonly identity: FileIdentity }> {
  for (let attempt = 1; ; attempt += 1) {
    const before = await identityOf(file);
    const database = await openDatabase(file);
    const identity = await identityOf(file);
    if (identity !== undefined && (before === undefined || before === identity))
      return { database, identity };
    await database.close();
    if (attempt === MAX_TIMES) throw replaced(file);
  }
}

const replaced = (file: string): TwinstileError =>
  unusable(
    `the database that was opened at ${file}`,
    'another file, or none',
    'Stop the service before a database is put back or taken away; it begins again by itself with what is there now.',
  );

const waitingFor = (file: string): string => `${file}.restored`;

/** The good one lies ready before the damaged one is touched: a full disk or a crash leaves one of them in its place. */
async function putBack({ file, backups, now }: RestoreDependencies, detail: string): Promise<Restored> {
  const damaged = `${file}.damaged-${new Date(now()).toISOString().replace(/[:.]/g, '-')}`;
  const from = await newestGood(backups, now());
  if (from !== undefined) await copyAtomically(from.file, waitingFor(file));
  for (const end of ['-wal', '-shm', '']) if (existsSync(file + end)) await rename(file + end, damaged + end);
  await endWhatWasCutOff(file);
  return { damaged, detail, from };
}

async function endWhatWasCutOff(file: string): Promise<void> {
  if (!existsSync(file) && existsSync(waitingFor(file))) await rename(waitingFor(file), file);
}

async function newestGood(folder: string, now: WallTime): Promise<Backup | undefined> {
  for (const backup of await backupsIn(folder, now)) {
    try {
      await checkIntegrity(backup.file);
      return backup;
    } catch (error) {
      // The one before may be good.
      if (!(error instanceof TwinstileError)) throw error;
    }
  }
  return undefined;
}
