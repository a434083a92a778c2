/** Matches what a passage sensor detects with what was granted. Pure. */
import type { GateId, GrantId } from '../../base/ids.js';
import type { Millis, Monotonic } from '../../base/units.js';
import type { PassageMessage } from './gate-messages.js';
import type { Direction } from './grant-bytes.js';

export interface PassageBook {
  /** Whether a granted passage is still expected. */
  expects(now: Monotonic): boolean;
  opened(grant: GrantId, pulse: Millis, now: Monotonic): void;
  /** The sensor detected one person walking through. */
  walked(direction: Direction, now: Monotonic): PassageMessage;
  /** Call often: reports once that the granted passage did not take place. */
  tick(now: Monotonic): PassageMessage | undefined;
  /** The sensor reports that the gate does not close: one message for each opening. */
  blocked(now: Monotonic): PassageMessage | undefined;
}

interface Opening {
  readonly grant: GrantId;
  readonly until: Monotonic;
  walked: boolean;
  reported: boolean;
  held: boolean;
}

export function createPassageBook(gate: GateId, own: Direction): PassageBook {
  let current: Opening | undefined;
  const message = (
    outcome: PassageMessage['outcome'],
    grant: GrantId | null,
    direction: Direction = own,
  ): PassageMessage => ({ v: 1, gate, grant, outcome, direction });
  const isOpen = (now: Monotonic) => current !== undefined && now <= current.until;

  return {
    expects: (now) => isOpen(now) && current?.walked === false,
    opened(grant, pulse, now) {
      current = { grant, until: (now + pulse) as Monotonic, walked: false, reported: false, held: false };
    },
    walked(direction, now) {
      if (current === undefined || !isOpen(now)) return message('forced-open', null, direction);
      // Against the granted direction no passage is allowed, even while the gate is open.
      if (direction !== own) return message('forced-open', null, direction);
      if (current.walked) return message('tailgated', current.grant);
      current.walked = true;
      current.reported = true;
      return message('passed', current.grant);
    },
    tick(now) {
      if (current === undefined || current.reported || isOpen(now)) return undefined;
      current.reported = true;
      return message('timeout', current.grant);
    },
    blocked(now) {
      if (current === undefined || current.held || isOpen(now)) return undefined;
      current.held = true;
      return message('held-open', current.grant);
    },
  };
}
