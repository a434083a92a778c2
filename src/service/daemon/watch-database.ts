/** Detects that the database was replaced, restored or deleted under the running service, and restarts the service. */

import { pause } from '../../base/delay.js';
import { explain } from '../../base/errors.js';
import { millis } from '../../base/units.js';
import type { Log } from '../../platform/log.js';
import type { RestoringDatabase } from '../../records/sql/sqlite/restore-database.js';
import type { Service } from './service.js';

export interface DatabaseWatchDependencies {
  readonly database: Pick<RestoringDatabase, 'isReplaced'>;
  readonly log: Pick<Log, 'fatal' | 'warn'>;
  /** The service has to begin again. */
  readonly onReplaced: () => void;
}

/** Decisions check by themselves before they are written: this is how soon lanes report it. */
const CHECK_INTERVAL = millis(250);
/** So that lanes publish their state before they stop. */
const BEFORE_END = millis(1000);

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
      // A disk that does not answer shows in what is written to it.
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
