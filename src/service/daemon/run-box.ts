/** The box over switches of its models and of its database: the same process begins again, and knows what it was told before. */
import { explain } from '../../base/errors.js';
import { leaveModels, modelsInUse } from '../models/models-in-use.js';
import { runDaemon } from './daemon.js';
import type { DaemonDependencies } from './daemon-context.js';

/**
 * Runs until the signal aborts. While it begins again nobody is let in, for about as long as the networks take to load;
 * who was granted has passed, and what is not yet told waits in the outbox.
 * @throws TwinstileError when something that is needed at the start is missing or broken.
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
      // A lane may ask for what a release does not have: then it is no release for this box.
      if (released === undefined || !(await leaveModels(config, released, error))) throw error;
      log.error(
        { release: released.release, detail: explain(error) },
        'a release of models cannot be run by',
      );
    }
  }
}
