/** Turns forged messages in the gate's name into notices: at most one of a kind a minute, with how many there were. */

import type { AccessAlert } from '../access/policy/alerts.js';
import type { Clock } from '../base/clock.js';
import type { LaneId } from '../base/ids.js';
import { type Monotonic, millis } from '../base/units.js';
import { isForged } from '../gate/protocol/answer-check.js';

export interface GateAlarms {
  /** A message that was not used. */
  dropped(reason: string): void;
  /** Call a few times a second: reports what was counted since the last notice. */
  flush(): void;
}

export interface GateAlarmsDependencies {
  readonly lane: LaneId;
  readonly clock: Clock;
  readonly notice: (notice: AccessAlert) => void;
}

const ALARM_EVERY = millis(60_000);

export function createGateAlarms({ lane, clock, notice }: GateAlarmsDependencies): GateAlarms {
  /** By reason, of which there are two. */
  const counts = new Map<string, { count: number; reportedAt: Monotonic | undefined }>();
  const flush = () => {
    const now = clock.monotonic();
    for (const [reason, one] of counts) {
      const { count, reportedAt } = one;
      if (count === 0 || (reportedAt !== undefined && now - reportedAt < ALARM_EVERY)) continue;
      counts.set(reason, { count: 0, reportedAt: now });
      notice({ notice: 'gate-answer-forged', lane, reason, count });
    }
  };
  return {
    dropped(reason) {
      if (!isForged(reason)) return;
      const one = counts.get(reason);
      counts.set(reason, { count: (one?.count ?? 0) + 1, reportedAt: one?.reportedAt });
      flush();
    },
    flush,
  };
}
