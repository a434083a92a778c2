/** Who went through: what a passage sensor saw, put beside what was granted. Pure. */
import type { GateId, GrantId } from '../../base/ids.js';
import type { Millis, Monotonic } from '../../base/units.js';
import type { PassageMessage } from './gate-messages.js';
import type { Direction } from './grant-bytes.js';

export interface PassageBook {
  /** Whether somebody was let in and is still expected. */
  expects(now: Monotonic): boolean;
  opened(grant: GrantId, pulse: Millis, now: Monotonic): void;
  /** The sensor saw one person walk. */
  walked(direction: Direction, now: Monotonic): PassageMessage;
  /** Call often: says once that nobody came. */
  tick(now: Monotonic): PassageMessage | undefined;
  /** The sensor says that the gate does not close. Says so once for each opening. */
  blocked(now: Monotonic): PassageMessage | undefined;
}

interface Opening {
  readonly grant: GrantId;
  readonly until: Monotonic;
  walked: boolean;
  told: boolean;
  held: boolean;
}

export function createPassageBook(gate: GateId, own: Direction): PassageBook {
  let current: Opening | undefined;
  const say = (
    outcome: PassageMessage['outcome'],
    grant: GrantId | null,
    direction: Direction = own,
  ): PassageMessage => ({ v: 1, gate, grant, outcome, direction });
  const isOpen = (now: Monotonic) => current !== undefined && now <= current.until;

  return {
    expects: (now) => isOpen(now) && current?.walked === false,
    opened(grant, pulse, now) {
      current = { grant, until: (now + pulse) as Monotonic, walked: false, told: false, held: false };
    },
    walked(direction, now) {
      if (current === undefined || !isOpen(now)) return say('forced-open', null, direction);
      // Against the direction that was granted is nobody's passage, even while the gate stands open.
      if (direction !== own) return say('forced-open', null, direction);
      if (current.walked) return say('tailgated', current.grant);
      current.walked = true;
      current.told = true;
      return say('passed', current.grant);
    },
    tick(now) {
      if (current === undefined || current.told || isOpen(now)) return undefined;
      current.told = true;
      return say('timeout', current.grant);
    },
    blocked(now) {
      if (current === undefined || current.held || isOpen(now)) return undefined;
      current.held = true;
      return say('held-open', current.grant);
    },
  };
}
