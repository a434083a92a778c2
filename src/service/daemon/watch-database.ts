/** Detects that the database was replaced, restored or deleted while the service runs, and restarts the service. */

import { pause } from '../../base/delay.js';
import { explain } from '../../base/errors.js';
import { millis } from '../../base/units.js';
import type { Log } from '../../platform/log.js';
import type { RestoringDatabase } from '../../records/sql/sqlite/restore-database.js';
import type { Service } from './service.js';

export interface DatabaseWatchDependencies {
  readonly database: Pick<RestoringDatabase, 'isReplaced'>;
  readonly log: Pick<Log, 'fatal' | 'warn'>;
  /** Called when the service has to restart. */
  readonly onReplaced: () => void;
}

/** Interval of the check, which sets how soon lanes report it: decisions check by themselves before they are written. */
const CHECK_INTERVAL = millis(250);
/** Delay before the restart, so that lanes publish their state before they stop. */
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
