/** Who acts on this machine, and when: for every command that changes who may pass. */

import { systemClock } from '../../platform/system-clock.js';
import type { ActSource } from '../../records/journal/act.js';
import { THE_BOX } from '../../records/journal/act.js';
import { administrator } from '../../records/journal/administrator.js';

/** @param env the command's environment, which says who called sudo. */
export const localActs = (env?: NodeJS.ProcessEnv): ActSource => ({
  actor: administrator(env),
  now: () => systemClock.wall(),
});

/** For what the service does without being asked. */
export const boxActs: ActSource = { actor: THE_BOX, now: () => systemClock.wall() };
