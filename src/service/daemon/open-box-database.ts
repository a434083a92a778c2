/** Opens the box's database, heals it when it is damaged, erases again who was erased, and signs the head of its journal. */

import type { Degraded } from '../../lane/health/degraded-modes.js';
import type { Log } from '../../platform/log.js';
import { systemClock } from '../../platform/system-clock.js';
import { openRestoringDatabase, type RestoringDatabase } from '../../records/sql/sqlite/restore-database.js';
import type { Config } from '../config/config-schema.js';
import { settleErasures } from '../erasure/erase-again.js';
import { type ServedHeads, serveHeads } from '../journal/serve-heads.js';
import { backupFolder, databaseFile, galleryKey } from '../setup/open-gallery.js';

export interface BoxDatabase {
  readonly database: RestoringDatabase;
  readonly heads: ServedHeads;
  /** Until the next start, or as long as it takes somebody to look. */
  faults(): readonly Degraded[];
}

const RESTORED: readonly Degraded[] = ['database-restored'];
const DISCONTINUED: readonly Degraded[] = ['journal-discontinued'];

/**
 * @param credentials value of CREDENTIALS_DIRECTORY. @param isDatabaseOther whether another file took its place while it ran.
 * @throws TwinstileError 'gallery-unusable' | 'key-unusable'.
 */
export async function openBoxDatabase(
  config: Config,
  credentials: string | undefined,
  log: Log,
  isDatabaseOther: boolean,
): Promise<BoxDatabase> {
  let isRestored = isDatabaseOther;
  let restoredFrom: string | null | undefined;
  const database = await openRestoringDatabase({
    file: databaseFile(config),
    backups: backupFolder(config),
    now: () => systemClock.wall(),
    settle: (opened) =>
      settleErasures(opened, config, systemClock.wall(), log, () => galleryKey(config, credentials)),
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
    faults: () => [...(isRestored ? RESTORED : []), ...(heads.isDiscontinued() ? DISCONTINUED : [])],
  };
}
