/**
 * Opens the storage of the box: the database, restored from a backup when it is damaged and with erasures repeated, and on top
 * of it people and journal, whose head is signed while the daemon runs.
 */

import { pause } from '../../base/delay.js';
import { explain } from '../../base/errors.js';
import { millis } from '../../base/units.js';
import type { Degraded } from '../../lane/health/degraded-modes.js';
import type { Log } from '../../platform/log.js';
import { systemClock } from '../../platform/system-clock.js';
import type { GalleryStore } from '../../records/people/gallery-store.js';
import { openGallery } from '../../records/people/sql-gallery.js';
import { openRestoringDatabase, type RestoringDatabase } from '../../records/sql/sqlite/restore-database.js';
import { openJournal } from '../../records/sql/sqlite/sqlite-journal.js';
import { settleErasures } from '../erasure/erase-again.js';
import { type ServedHeads, serveHeads } from '../journal/serve-heads.js';
import { boxActs } from '../setup/local-acts.js';
import { backupFolder, databaseFile, galleryKey, resealing } from '../setup/open-gallery.js';
import { settleKey } from '../setup/rotate-gallery-key.js';
import { readSecrets, type Secrets } from '../setup/secrets.js';
import type { DaemonContext, Service } from './daemon-context.js';

export interface Storage {
  readonly database: RestoringDatabase;
  readonly people: GalleryStore;
  readonly journal: ReturnType<typeof openJournal>;
  readonly secrets: Secrets;
  readonly heads: ServedHeads;
  /** Signs the journal's head; reports a restored database and a discontinued journal. */
  readonly service: Required<Service>;
}

const RESTORED: readonly Degraded[] = ['database-restored'];
const DISCONTINUED: readonly Degraded[] = ['journal-discontinued'];

/**
 * @param isDatabaseOther whether the database file was replaced while the service ran.
 * @throws TwinstileError 'gallery-unusable' | 'key-unusable'.
 */
export async function openStorage(context: DaemonContext, isDatabaseOther: boolean): Promise<Storage> {
  const { config, credentials, disposers } = context;
  const { database, heads, service } = await openBoxDatabase(context, isDatabaseOther);
  disposers.add('database', database);
  // An interrupted key rotation is completed before the key is read.
  if (config.gallery.key_file !== undefined)
    await settleKey(database, config.gallery.key_file, backupFolder(config), resealing(config));
  const secrets = await readSecrets(config, credentials);
  const people = disposers.add('gallery', await openGallery(database, secrets.galleryKey, boxActs));
  const journal = disposers.add('journal', openJournal(database));
  return { database, people, journal, secrets, heads, service };
}

/** Opens the database; its faults stay until the next start, so that an operator has time to notice them. */
async function openBoxDatabase(
  { config, credentials, log }: DaemonContext,
  isDatabaseOther: boolean,
): Promise<Pick<Storage, 'database' | 'heads' | 'service'>> {
  let isRestored = isDatabaseOther;
  let restoredFrom: string | null | undefined;
  const database = await openRestoringDatabase({
    file: databaseFile(config),
    backups: backupFolder(config),
    now: () => systemClock.wall(),
    settle: (opened) =>
      settleErasures(opened, config, systemClock.wall(), {
        log,
        galleryKey: () => galleryKey(config, credentials),
      }),
    onRestored: ({ damaged, from, detail }) => {
      isRestored = true;
      restoredFrom = from?.file ?? null;
      const at = from === undefined ? undefined : new Date(from.at).toISOString();
      log.fatal(
        { damaged, backup: from?.file, at, detail },
        from === undefined
          ? 'the database was damaged and there is no good backup: the box begins empty and lets nobody in'
          : 'the database was damaged and the last good backup took its place: later changes are missing',
      );
    },
  });
  const takeRestored = (): string | null | undefined => {
    const taken = restoredFrom;
    restoredFrom = undefined;
    return taken;
  };
  const heads = serveHeads({ config, database, clock: systemClock, log, takeRestored });
  return {
    database,
    heads,
    service: {
      faults: () => [...(isRestored ? RESTORED : []), ...(heads.isDiscontinued() ? DISCONTINUED : [])],
      run: (signal) => heads.run(signal),
    },
  };
}

interface DatabaseWatchDependencies {
  readonly database: Pick<RestoringDatabase, 'isReplaced'>;
  readonly log: Pick<Log, 'fatal' | 'warn'>;
  /** Called when the service has to restart. */
  readonly onReplaced: () => void;
}

/** Interval of the check, which sets how soon lanes report it: decisions check by themselves before they are written. */
const CHECK_INTERVAL = millis(250);
/** Delay before the restart, so that lanes publish their state before they stop. */
const BEFORE_END = millis(1000);

/** Detects that the database was replaced, restored or deleted while the service runs, and restarts the service. */
export function createDatabaseWatch({
  database,
  log,
  onReplaced,
}: DatabaseWatchDependencies): Required<Service> {
  let isReplaced = false;
  let isBlind = false;
  const check = async (): Promise<void> => {
    try {
      isReplaced = await database.isReplaced();
      isBlind = false;
    } catch (error) {
      // A disk that does not answer is noticed by the writes to it.
      if (!isBlind) log.warn({ detail: explain(error) }, 'the file of the database cannot be looked at');
      isBlind = true;
    }
  };
  return {
    faults: () => (isReplaced ? ['database-replaced'] : []),
    async run(signal) {
      while (!signal.aborted && !isReplaced) {
        await pause(CHECK_INTERVAL, signal);
        await check();
      }
      if (!isReplaced) return;
      log.fatal(
        'the database was replaced or deleted while it was in use: nobody is let in, and the service begins again with what is there now',
      );
      await pause(BEFORE_END, signal);
      onReplaced();
    },
  };
}
