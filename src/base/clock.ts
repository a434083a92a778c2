/** The port to the clocks of the machine. */
import type { Monotonic, WallTime } from './units.js';

/** Time comes in as an argument or through here; nothing above reads a clock by itself. */
export interface Clock {
  /** CLOCK_MONOTONIC in ms, comparable between processes of one machine. */
  monotonic(): Monotonic;
  /** UTC; may jump. Only for journals and people. */
  wall(): WallTime;
}
