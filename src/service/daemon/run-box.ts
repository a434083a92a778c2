/**
 * Runs the box across switches of its models and its database: the same process restarts, and keeps the faults
 * that it knew before.
 */
import { explain } from '../../base/errors.js';
import { leaveModels, modelsInUse } from '../models/models-in-use.js';
import { runDaemon } from './daemon.js';
import type { DaemonDependencies } from './daemon-context.js';

/**
 * Runs until the signal aborts. During a restart no access is granted, for about as long as the networks take to load; people
 * with a grant have passed, and unsent messages wait in the outbox.
 * @throws TwinstileError when something that is required at the start is missing or broken.
 */
export async function runBox(parts: Omit<DaemonDependencies, 'models'>, signal: AbortSignal): Promise<void> {
  const { config, env, log } = parts;
  let isDatabaseOther = false;
  while (!signal.aborted) {
    const models = await modelsInUse(config, env, log);
    const { released } = models;
    try {
      const end = await runDaemon({ ...parts, models, isDatabaseOther }, signal);
      if (end === 'stopped') return;
      isDatabaseOther ||= end === 'other-database';
    } catch (error) {
      // A lane may need what a release does not have: then the release does not suit this box.
      if (released === undefined || !(await leaveModels(config, released, error))) throw error;
      log.error(
        { release: released.release, detail: explain(error) },
        'a release of models cannot be run by',
      );
    }
  }
}
