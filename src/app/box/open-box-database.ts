/** The database of a running box: restored when it is damaged, with those erased again who came back with a backup. */
import { type HealingDatabase, openHealingDatabase } from '../../adapters/sqlite/healing.js';
import { systemClock } from '../../adapters/system/clock.js';
import type { Config } from '../../config/schema.js';
import { settleErasures } from '../erasure/erase-again.js';
import { backupFolder, databaseFile, galleryKey } from '../gallery/open-gallery.js';
import type { Log } from '../log.js';

/** @throws TwinstileError 'gallery-unusable'. */
export function openBoxDatabase(
  config: Config,
  env: NodeJS.ProcessEnv,
  log: Log,
  onRestored: () => void,
): Promise<HealingDatabase> {
  const now = () => systemClock.wall();
  return openHealingDatabase({
    file: databaseFile(config),
    backups: backupFolder(config),
    now,
    settle: (opened) =>
      settleErasures(opened, config, now(), log, () => galleryKey(config, env.CREDENTIALS_DIRECTORY)),
    onRestored: ({ damaged, from, detail }) => {
      onRestored();
      const place = from === undefined ? {} : { backup: from.file, at: new Date(from.at).toISOString() };
      log.fatal(
        { damaged, ...place, detail },
        from === undefined
          ? 'the database was damaged and there is no good backup: the box begins empty and lets nobody in'
          : 'the database was damaged and the last good backup took its place: later changes are missing',
      );
    },
  });
}
