/** Declares what the daemon depends on, what its parts are and share, and how it ends. */
import type { DisposerStack } from '../../base/task-group.js';
import type { Degraded } from '../../lane/health/degraded-modes.js';
import type { Log } from '../../platform/log.js';
import type { Config } from '../config/config-schema.js';
import { configFor } from '../models/models-in-use.js';
import type { ModelsInUse } from '../models/released-files.js';
import type { visionStart } from '../setup/vision-process.js';
import type { DaemonObserver } from './lane-observer.js';

export interface DaemonDependencies {
  readonly config: Config;
  readonly log: Log;
  readonly env: NodeJS.ProcessEnv;
  readonly observer?: DaemonObserver;
  /** Reads the configuration again, for the command `reload` and SIGHUP. */
  readonly reread?: () => Promise<Config>;
  /** Models to compare with; absent: those of the configuration. */
  readonly models?: ModelsInUse;
  /** Whether the database differs from the one before: an operator has to check which people it contains. */
  readonly isDatabaseOther?: boolean;
  /** Starts a lane's vision process; absent: this program's own. */
  readonly startVision?: typeof visionStart;
}

/** How the daemon ended. All but 'stopped' restart: a release was switched to or rolled back, or the database was replaced. */
export type DaemonEnd = 'stopped' | 'other-models' | 'other-database';

export interface DaemonContext {
  /** Configuration with the models of the release in use. */
  readonly config: Config;
  /** Configuration as in the file, without what a release of models replaces. */
  readonly configured: Config;
  readonly log: Log;
  readonly env: NodeJS.ProcessEnv;
  /** Value of CREDENTIALS_DIRECTORY. */
  readonly credentials: string | undefined;
  /** Closes what was opened, in reverse order. */
  readonly disposers: DisposerStack;
}

export const contextOf = (
  { config, models, log, env }: DaemonDependencies,
  disposers: DisposerStack,
): DaemonContext => ({
  config: models === undefined ? config : configFor(config, models),
  configured: config,
  log,
  env,
  credentials: env.CREDENTIALS_DIRECTORY,
  disposers,
});

/** A part of the daemon that works in the background, required or optional. */
export interface Service {
  /** Current fault, for the state of every lane; absent: it has nothing to report. */
  readonly faults?: () => readonly Degraded[];
  /** Runs until the signal aborts; a rejection stops the daemon. Absent: it only answers calls. */
  readonly run?: (signal: AbortSignal) => Promise<void>;
}

/** Returns the faults of all services, in their order. */
export const faultsOf =
  (services: readonly Service[]): (() => readonly Degraded[]) =>
  () =>
    services.flatMap(({ faults }) => faults?.() ?? []);

export interface Restart {
  /** Aborts when the daemon has to stop or restart. */
  readonly signal: AbortSignal;
  readonly isRequested: () => boolean;
  request(reason: Exclude<DaemonEnd, 'stopped'>): void;
  /** Reason why the daemon ended: a stop from outside takes precedence over every restart. */
  end(): DaemonEnd;
}

/** Ends the daemon so that it restarts, and records the reason. */
export function createRestart(stop: AbortSignal): Restart {
  const restart = new AbortController();
  let end: Exclude<DaemonEnd, 'stopped'> = 'other-models';
  return {
    signal: AbortSignal.any([stop, restart.signal]),
    isRequested: () => restart.signal.aborted,
    request(reason) {
      // A replaced database takes precedence over other models: an operator has to check which people it contains.
      if (reason === 'other-database') end = reason;
      restart.abort();
    },
    end: () => (stop.aborted ? 'stopped' : end),
  };
}
