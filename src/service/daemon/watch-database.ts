/** Notices that the database was replaced, restored or deleted under the running service, and has it begin again. */

import { pause } from '../../base/delay.js';
import { explain } from '../../base/errors.js';
import { millis } from '../../base/units.js';
import type { Degraded } from '../../lane/health/degraded-modes.js';
import type { Log } from '../../platform/log.js';
import type { RestoringDatabase } from '../../records/sql/sqlite/restore-database.js';

export interface DatabaseWatch {
  readonly faults: () => readonly Degraded[];
  /** Runs until the signal aborts. @param onReplaced the service has to begin again. */
  watch(signal: AbortSignal, onReplaced: () => void): Promise<void>;
}

/** Decisions look by themselves before they are written: this is how soon lanes say so. */
const CHECK_INTERVAL = millis(250);
/** So that lanes tell their state before they go. */
const BEFORE_END = millis(1000);

export function createDatabaseWatch(
  database: Pick<RestoringDatabase, 'isReplaced'>,
  log: Pick<Log, 'fatal' | 'warn'>,
): DatabaseWatch {
  let isReplaced = false;
  let isBlind = false;
  const look = async (): Promise<void> => {
    try {
      isReplaced = await database.isReplaced();
      isBlind = false;
    } catch (error) {
      // A disk that does not answer is told by what is written to it.
      if (!isBlind) log.warn({ detail: explain(error) }, 'the file of the database cannot be looked at');
      isBlind = true;
    }
  };
  return {
    faults: () => (isReplaced ? ['database-replaced'] : []),
    async watch(signal, onReplaced) {
      while (!signal.aborted && !isReplaced) {
        await pause(CHECK_INTERVAL, signal);
        await look();
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
