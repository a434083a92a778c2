/** Records that another client connected to the broker with the client id of one of our connections, which ended ours. */

import type { Clock } from '../../base/clock.js';
import { type Millis, type Monotonic, millis } from '../../base/units.js';
import type { Degraded } from '../../lane/health/degraded-modes.js';
import type { Log } from '../../platform/log.js';

export interface Takeovers {
  /** @param connection the connection that was ended, for the log. */
  note(connection: string): void;
  readonly faults: () => readonly Degraded[];
}

/**
 * How long the fault stays. Client ids are random and new after each takeover: a client that repeats it has
 * read them without permission.
 */
const REMEMBERED: Millis = millis(10 * 60_000);

export function watchTakeovers(clock: Pick<Clock, 'monotonic'>, log: Pick<Log, 'error'>): Takeovers {
  let count = 0;
  let last: Monotonic | undefined;
  return {
    note(connection) {
      count += 1;
      last = clock.monotonic();
      log.error(
        { connection, count, reason: 142 },
        'another client came to the broker under the name of this connection, which ended it: it comes back under a new one',
      );
    },
    faults: () =>
      last !== undefined && clock.monotonic() - last <= REMEMBERED ? ['session-taken-over'] : [],
  };
}
