import type { Clock } from '../base/clock.js';
import { monotonic, wallTime } from '../base/units.js';

/** The machine's clocks. `hrtime` is CLOCK_MONOTONIC, which all processes of a machine share. */
export const systemClock: Clock = {
  monotonic: () => monotonic(Number(process.hrtime.bigint()) / 1e6),
  wall: () => wallTime(Date.now()),
};
