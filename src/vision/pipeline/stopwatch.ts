import type { Clock } from '../../base/clock.js';
import { type Millis, millis } from '../../base/units.js';
import type { Stage } from '../ports/vision.js';

/** How long each stage of one frame took. */
export interface Stopwatch {
  /** Ends the running stage and names it. A stage that comes again is added to. */
  readonly lap: (stage: Stage) => void;
  readonly timings: () => Readonly<Record<Stage, Millis>>;
}

export function startStopwatch(clock: Clock): Stopwatch {
  let since = clock.monotonic();
  const spent: Record<Stage, Millis> = {
    read: millis(0),
    detect: millis(0),
    track: millis(0),
    quality: millis(0),
    align: millis(0),
    encode: millis(0),
    liveness: millis(0),
  };
  return {
    lap: (stage) => {
      const now = clock.monotonic();
      spent[stage] = millis(spent[stage] + now - since);
      since = now;
    },
    timings: () => spent,
  };
}
