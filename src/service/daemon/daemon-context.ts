/** Collects what every part of one daemon run shares. */
import type { DisposerStack } from '../../base/disposer-stack.js';
import type { Log } from '../../platform/log.js';
import type { Config } from '../config/config-schema.js';
import { configFor } from '../models/models-in-use.js';
import type { DaemonDependencies } from './daemon-dependencies.js';

export interface DaemonContext {
  /** With the models of the release in use. */
  readonly config: Config;
  /** As the file has it, without what a release of models puts in its place. */
  readonly configured: Config;
  readonly log: Log;
  readonly env: NodeJS.ProcessEnv;
  /** Value of CREDENTIALS_DIRECTORY. */
  readonly credentials: string | undefined;
  /** Closes what was opened, in reverse. */
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
