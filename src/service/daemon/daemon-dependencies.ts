/** What the daemon needs from the world, and how it may end. */

import type { Log } from '../../platform/log.js';
import type { Config } from '../config/config-schema.js';
import type { ModelsInUse } from '../models/released-files.js';
import type { LaneBuildDependencies } from './build-lane.js';
import type { DaemonObserver } from './lane-observer.js';

export interface DaemonDependencies {
  readonly config: Config;
  readonly log: Log;
  readonly env: NodeJS.ProcessEnv;
  readonly observer?: DaemonObserver;
  /** Reads the configuration again, for the command `reload` and SIGHUP. */
  readonly reread?: () => Promise<Config>;
  /** By which it runs; absent: by those that the configuration names. */
  readonly models?: ModelsInUse;
  /** The database is another one than before: somebody has to look who is in it. */
  readonly isDatabaseOther?: boolean;
  /** How a lane's vision process is started; absent: this program's own. */
  readonly startVision?: LaneBuildDependencies['startVision'];
}

/** Other ends than 'stopped': a release was switched to or returned from, or another database is there: it has to begin again. */
export type DaemonEnd = 'stopped' | 'other-models' | 'other-database';
