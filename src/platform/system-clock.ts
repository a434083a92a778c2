/** The machine's clocks, and what distinguishes its runs. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import type { Clock } from '../base/clock.js';
import { type Monotonic, monotonic, wallTime } from '../base/units.js';

/** The machine's clocks. `hrtime` is CLOCK_MONOTONIC, which all processes of a machine share. */
export const systemClock: Clock = {
  monotonic: () => monotonic(Number(process.hrtime.bigint()) / 1e6),
  wall: () => wallTime(Date.now()),
};

/** Which run of the machine this is: monotonic times of another one mean nothing. */
export async function bootId(): Promise<string> {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  } catch {
    // Where there is none, each start counts as one of its own: times are left out, zones and counts are kept.
    return randomUUID();
  }
}

/** Time since the machine started, in ms, in steps of 10 ms. Unlike CLOCK_MONOTONIC it goes on while the machine is suspended. */
export const sinceBoot = (): Monotonic => monotonic(uptime() * 1000);
