/**
 * Shares one measurement of the machine's health among all lanes that report at about the same time, because load and loop
 * delay are counted since the last measurement.
 */

import type { Clock } from '../../base/clock.js';
import { type Millis, type Monotonic, millis } from '../../base/units.js';
import type { EventLoopWatch } from '../../platform/event-loop.js';
import { readHealth } from '../../platform/health.js';
import type { Health, ReadHealth } from '../../platform/health-port.js';

interface Parts {
  readonly folder: string;
  readonly loop: EventLoopWatch;
  readonly clock: Clock;
  /** Memory of all vision processes that run now. */
  readonly pids: () => readonly number[];
  readonly read?: typeof readHealth;
}

/** Lanes that were started together report within this time. */
const CACHE_TIME: Millis = millis(10_000);

/** Returns, for each lane, a reader of the machine's health with the memory of its own vision process alone. */
export function shareHealth({ folder, loop, clock, pids, read = readHealth }: Parts) {
  let last: { readonly at: Monotonic; readonly health: Promise<Health> } | undefined;
  const look = (): Promise<Health> => {
    const now = clock.monotonic();
    if (last !== undefined && now - last.at <= CACHE_TIME) return last.health;
    const eventLoop = loop.take();
    const health = read({ folder, pids: pids() }).then((one) => ({
      ...one,
      eventLoop,
    }));
    last = { at: now, health };
    return health;
  };
  return (pid: () => number | undefined): ReadHealth =>
    async () => {
      const { memory, ...machine } = await look();
      const [own, others] = [pid(), memory?.others ?? {}];
      const bytes = own === undefined ? undefined : others[own];
      return {
        ...machine,
        memory: { ...memory, others: own !== undefined && bytes !== undefined ? { [own]: bytes } : {} },
      };
    };
}
