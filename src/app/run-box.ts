/** The box over switches of its models: the same process begins again by others, and knows what it was told before. */
import { type DaemonParts, runDaemon } from './daemon.js';
import { modelsInUse } from './models/models-in-use.js';

/**
 * Runs until the signal aborts. While it begins again nobody is let in, for about as long as the networks take to load;
 * who was granted has passed, and what is not yet told waits in the outbox.
 * @throws TwinstileError when something that is needed at the start is missing or broken.
 */
export async function runBox(parts: Omit<DaemonParts, 'models'>, signal: AbortSignal): Promise<void> {
  const { config, env, log } = parts;
  for (let end = 'other-models'; end === 'other-models' && !signal.aborted; )
    end = await runDaemon({ ...parts, models: await modelsInUse(config, env, log) }, signal);
}
