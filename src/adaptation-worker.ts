/** The process that makes and judges heads by the schedule: one line of configuration on stdin, one line for each lane on stdout. */
import { setPriority } from 'node:os';
import { text } from 'node:stream/consumers';
import { explain } from './base/errors.js';
import { guardOutput } from './platform/output-guard.js';
import { systemClock } from './platform/system-clock.js';
import { type AdaptVerbDependencies, withAdaptation } from './service/adaptation/adapt-world.js';
import { formatConsidered } from './service/adaptation/adaptation-text.js';
import { type ConsiderOptions, considerLanes } from './service/adaptation/consider-lanes.js';
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
  // By the schedule: nobody asked for it.
  await withAdaptation(config, process.env, systemClock, consider, boxActs);
}

// Core hears of its end by its pipes; a line that nobody reads is no reason.
guardOutput('goes-on');
// The lanes of this box come first.
setPriority(10);
work().catch((error: unknown) => {
  print(explain(error));
  process.exitCode = 1;
});
