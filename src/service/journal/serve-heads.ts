/** Signs the journal's newest row while the service runs: every minute, and after each opening. */

import type { Clock } from '../../base/clock.js';
import { pause } from '../../base/delay.js';
import { explain } from '../../base/errors.js';
import { millis, monotonic } from '../../base/units.js';
import type { Log } from '../../platform/log.js';
import { sealJournal } from '../../records/erasure/forget-people.js';
import { THE_BOX } from '../../records/journal/act.js';
import type { JournalHead } from '../../records/journal/journal-head.js';
import type { Database } from '../../records/sql/sqlite/sqlite-database.js';
import type { Config } from '../config/config-schema.js';
import { keepHead, recordRestored } from './keep-head.js';

export interface HeadDependencies {
  readonly config: Pick<Config, 'data_dir' | 'site'>;
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Pick<Log, 'error' | 'info'>;
  /** Returns the backup that replaced the database since the last call; null for an empty database. */
  readonly takeRestored: () => string | null | undefined;
}

export interface ServedHeads {
  /** The newest signed head. */
  newest(): JournalHead | undefined;
  /** Whether a signed row was found missing since the start. */
  isDiscontinued(): boolean;
  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** Interval of the check, so that an opening is signed this soon; a check costs one indexed read. */
const CHECK_INTERVAL = millis(1000);
const SIGN_EVERY = millis(60_000);

export function serveHeads({ config, database, clock, log, takeRestored }: HeadDependencies): ServedHeads {
  let newest: JournalHead | undefined;
  let isDiscontinued = false;
  let isFailing = false;
  let signedAt = monotonic(Number.NEGATIVE_INFINITY);

  const hasOpened = async (): Promise<boolean> =>
    (await database.read((sql) =>
      sql.one(`SELECT 1 FROM journal WHERE kind = 'outcome' AND seq > ? LIMIT 1`, newest?.seq ?? 0),
    )) !== undefined;
  const check = async (): Promise<void> => {
    const now = clock.monotonic();
    const restored = takeRestored();
    if (restored !== undefined)
      await recordRestored(
        database,
        config,
        { actor: THE_BOX, now: () => clock.wall() },
        restored ?? undefined,
      );
    else if (now - signedAt < SIGN_EVERY && !(await hasOpened())) return;
    const { head, lost } = await keepHead(database, config, clock.wall(), {
      seal: () => sealJournal(database),
      // A backup that was put back does not have what was signed before it.
      signedBefore: restored === undefined ? newest : undefined,
    });
    signedAt = now;
    newest = head ?? newest;
    // A backup does not contain later rows, so this is not reported.
    if (lost === undefined || restored !== undefined) return;
    isDiscontinued = true;
    log.error(
      { signed: lost.seq, at: lost.at },
      'the journal no longer has the row that was signed last: it was cut off or rewritten, or an older copy was put in its place',
    );
  };
  return {
    newest: () => newest,
    isDiscontinued: () => isDiscontinued,
    async run(signal) {
      while (!signal.aborted) {
        try {
          await check();
          if (isFailing) log.info('the head of the journal can be signed again');
          isFailing = false;
        } catch (error) {
          // The lanes keep working: rows that cannot be written are reported by the writer. Logged once.
          if (!isFailing) log.error({ detail: explain(error) }, 'the head of the journal cannot be signed');
          isFailing = true;
        }
        await pause(CHECK_INTERVAL, signal);
      }
    },
  };
}
