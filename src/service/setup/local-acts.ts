/** Records the operator and the time of an act on this machine, for every command that changes access. */

import { systemClock } from '../../platform/system-clock.js';
import type { ActSource } from '../../records/journal/act.js';
import { THE_BOX } from '../../records/journal/act.js';
import { administrator } from '../../records/journal/administrator.js';

/** @param env the command's environment, which names the user who called sudo. */
export const localActs = (env?: NodeJS.ProcessEnv): ActSource => ({
  actor: administrator(env),
  now: () => systemClock.wall(),
});

/** For acts that the service performs by itself. */
export const boxActs: ActSource = { actor: THE_BOX, now: () => systemClock.wall() };
