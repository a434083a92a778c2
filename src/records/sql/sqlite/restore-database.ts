/**
 * Restores a damaged database from the newest good backup, when it is opened and while it is in use; the damaged file is kept
 * aside. A box without a backup starts with an empty database: it admits no one and reports why, which is better than
 * ending and being restarted for ever.
 */
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { explain, TwinstileError } from '../../../base/errors.js';
import type { WallTime } from '../../../base/units.js';
import { type Sql, unusableStorage } from '../../sql-port.js';
import { type FileIdentity, type FileWatch, identityOf, watchFile } from './file-watch.js';
import { type Backup, backupsIn, checkIntegrity, copyAtomically } from './sqlite-backup.js';
import { isDamage } from './sqlite-connection.js';
import { type Database, openDatabase } from './sqlite-database.js';

export interface Restored {
  /** Path to which the damaged file was moved. */
  readonly damaged: string;
  /** Absent: there was no good one, and the box starts with an empty database. */
  readonly from?: Backup;
  readonly detail: string;
}

interface RestoreDependencies {
  readonly file: string;
  /** Folder of the backups. */
  readonly backups: string;
  readonly now: () => WallTime;
  readonly onRestored: (restored: Restored) => void;
  /** Called with the first database and with each restored one, before any other use of it. */
  readonly settle?: (database: Database) => Promise<void>;
}

export interface RestoringDatabase extends Database {
  /**
   * Whether the file at the path is another one than the open one, or missing. Writes are refused from then on; a restart
   * of the service opens the file that is there now.
   */
  isReplaced(): Promise<boolean>;
}

/** A disk that damages every file must not keep the box busy with restoring. */
const MAX_TIMES = 3;

/**
 * Opens the database, or the newest good backup where it is damaged.
 * @throws TwinstileError 'gallery-unusable' for a failure other than damage, and when the restore fails.
 */
export async function openRestoringDatabase(dependencies: RestoreDependencies): Promise<RestoringDatabase> {
  const opener = new DatabaseOpener(dependencies);
  return new SelfRestoringDatabase(opener, await opener.openOrRestore());
}

/** Opens the file and restores it, at most MAX_TIMES in the life of a process. */
class DatabaseOpener {
  readonly #dependencies: RestoreDependencies;
  #restores = 0;
  #watch: FileWatch | undefined;

  constructor(dependencies: RestoreDependencies) {
    this.#dependencies = dependencies;
  }

  get file(): string {
    return this.#dependencies.file;
  }

  async openOrRestore(): Promise<Database> {
    await completeInterruptedRestore(this.file);
    try {
      return await this.#open();
    } catch (error) {
      if (!isDamage(error)) throw error;
      return this.restore(error);
    }
  }

  async restore(cause: unknown): Promise<Database> {
    if (this.#restores >= MAX_TIMES) throw cause;
    const restored = await replaceWithBackup(this.#dependencies, explain(cause));
    this.#restores += 1;
    const database = await this.#open();
    this.#dependencies.onRestored(restored);
    return database;
  }

  /** Whether the file at the path is no longer the one that was opened last. */
  async isReplaced(): Promise<boolean> {
    return (await this.#watch?.isSame()) === false;
  }

  async #open(): Promise<Database> {
    const { database, identity } = await openIdentified(this.file);
    this.#watch = watchFile(this.file, identity);
    try {
      await this.#dependencies.settle?.(database);
      return database;
    } catch (error) {
      // The first failure is the one to report.
      await database.close().catch(() => {});
      throw error;
    }
  }
}

/** The caller that met the damage gets the error; the next caller finds the restored database, or triggers another attempt. */
class SelfRestoringDatabase implements RestoringDatabase {
  readonly #opener: DatabaseOpener;
  #current: Promise<Database>;
  #closed = false;

  constructor(opener: DatabaseOpener, first: Database) {
    this.#opener = opener;
    this.#current = Promise.resolve(first);
  }

  read<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#use((database) => database.read(work));
  }

  survey<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#use((database) => database.survey(work));
  }

  async write<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    // A decision recorded in a file that is no longer in use must not open a gate.
    if (await this.isReplaced()) throw replaced(this.#opener.file);
    return this.#use((database) => database.write(work));
  }

  scrub(): Promise<boolean> {
    return this.#use((database) => database.scrub());
  }

  rebuild(): Promise<boolean> {
    return this.#use((database) => database.rebuild());
  }

  script(sql: string): Promise<void> {
    return this.#use((database) => database.script(sql));
  }

  copyTo(target: string): Promise<void> {
    return this.#use((database) => database.copyTo(target));
  }

  /** Waits for a restore in progress: that one replaces the file on purpose. */
  async isReplaced(): Promise<boolean> {
    const used = this.#current;
    if (this.#closed || (await used.catch(() => undefined)) === undefined || used !== this.#current)
      return false;
    return (await this.#opener.isReplaced()) && used === this.#current;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await (await this.#current).close();
  }

  async #use<T>(work: (database: Database) => Promise<T>): Promise<T> {
    const used = this.#current;
    const isInUse = (): boolean => !this.#closed && used === this.#current;
    let database: Database;
    try {
      database = await used;
    } catch (error) {
      if (isInUse()) this.#replaceBy(this.#opener.openOrRestore());
      throw error;
    }
    try {
      return await work(database);
    } catch (error) {
      if (isInUse() && isDamage(error)) this.#replaceBy(this.#restoreFrom(database, error));
      throw error;
    }
  }

  async #restoreFrom(damaged: Database, cause: unknown): Promise<Database> {
    // Closing a damaged file may fail as every other operation on it does.
    await damaged.close().catch(() => {});
    return this.#opener.restore(cause);
  }

  #replaceBy(next: Promise<Database>): void {
    this.#current = next;
    // A failure is reported to the next caller.
    next.catch(() => {});
  }
}

/** Opens the file and returns its identity, also if it is exchanged meanwhile. @throws TwinstileError 'gallery-unusable'. */
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
  unusableStorage(
    `the database that was opened at ${file}`,
    'another file, or none',
    'Stop the service before a database is put back or taken away; it begins again by itself with what is there now.',
  );

const restoredCopyOf = (file: string): string => `${file}.restored`;

/** Copies the good backup before it moves the damaged file: a full disk or a crash leaves one of them in its place. */
async function replaceWithBackup(
  { file, backups, now }: RestoreDependencies,
  detail: string,
): Promise<Restored> {
  const damaged = `${file}.damaged-${new Date(now()).toISOString().replace(/[:.]/g, '-')}`;
  const from = await newestGood(backups, now());
  if (from !== undefined) await copyAtomically(from.file, restoredCopyOf(file));
  for (const end of ['-wal', '-shm', '']) if (existsSync(file + end)) await rename(file + end, damaged + end);
  await completeInterruptedRestore(file);
  return { damaged, detail, from };
}

async function completeInterruptedRestore(file: string): Promise<void> {
  if (!existsSync(file) && existsSync(restoredCopyOf(file))) await rename(restoredCopyOf(file), file);
}

async function newestGood(folder: string, now: WallTime): Promise<Backup | undefined> {
  // A folder that cannot be read offers none: the box begins empty and keeps the gates shut.
  const backups = await backupsIn(folder, now).catch(() => []);
  for (const backup of backups) {
    try {
      await checkIntegrity(backup.file);
      return backup;
    } catch (error) {
      // The next older one may be good.
      if (!(error instanceof TwinstileError)) throw error;
    }
  }
  return undefined;
}
