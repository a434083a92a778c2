import type { Clock } from '../../src/base/clock.js';
import { type Monotonic, monotonic, wallTime } from '../../src/base/units.js';

/** A clock that stands still until it is moved. */
export interface FakeClock extends Clock {
  /** @param span in ms. */
  pass(span: number): void;
}

export function createFakeClock(start = 10_000): FakeClock {
  let now: number = start;
  return {
    monotonic: (): Monotonic => monotonic(now),
    wall: () => wallTime(1_800_000_000_000 + now),
    pass(span) {
      now += span;
    },
  };
}
