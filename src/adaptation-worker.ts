/** The adaptation process: trains and evaluates heads on schedule. Reads one line of configuration on stdin, writes one line for each lane on stdout. */
import { setPriority } from 'node:os';
import { text } from 'node:stream/consumers';
import { explain } from './base/errors.js';
import { guardOutput } from './platform/output-guard.js';
import { systemClock } from './platform/system-clock.js';
import { type AdaptVerbDependencies, withAdaptation } from './service/adaptation/adapt-world.js';
import {
  type ConsiderOptions,
  considerLanes,
  formatConsidered,
} from './service/adaptation/consider-lanes.js';
import type { Config } from './service/config/config-schema.js';
import { boxActs } from './service/setup/local-acts.js';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function work(): Promise<void> {
  const config = JSON.parse(await text(process.stdin)) as Config;
  const { signal } = new AbortController();
  const options: ConsiderOptions = {
    anew: false,
    env: process.env,
    onLane: (lane, considered) => print(`${lane}: ${formatConsidered(considered)}`),
    onRefused: (file, reason) => print(`nothing to judge by in ${file}: ${reason}`),
  };
  const consider = (dependencies: AdaptVerbDependencies) => considerLanes(dependencies, options, signal);
  // On schedule, so without an administrator as the actor.
  await withAdaptation({ config, env: process.env, clock: systemClock, acts: boxActs }, consider);
}

// Core notices its end by its pipes; an output that is no longer read does not end it.
guardOutput('goes-on');
// The lanes of this box come first.
setPriority(10);
work().catch((error: unknown) => {
  print(explain(error));
  process.exitCode = 1;
});
