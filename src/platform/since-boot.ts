import { uptime } from 'node:os';
import { type Monotonic, monotonic } from '../base/units.js';

/** Time since the machine started, in ms, in steps of 10 ms. Unlike CLOCK_MONOTONIC it goes on while the machine is suspended. */
export const sinceBoot = (): Monotonic => monotonic(uptime() * 1000);
