/** Remembers the actuator's last challenges: a grant must answer one of them, soon, and once. */
import { type Millis, type Monotonic, millis } from '../../base/units.js';

/** Long enough for one lost message and a slow decision; a grant that took longer is for a person who has walked on. */
const CHALLENGE_VALID = millis(2000);
export const CHALLENGE_EVERY = millis(500);
/** As many as are issued within the validity. */
const REMEMBERED = 4;

type ChallengeState = 'good' | 'stale' | 'used';

export interface Challenges {
  /** @param challenge 16 random bytes, hexadecimal. @param at the actuator's own monotonic clock. */
  issue(challenge: string, at: Monotonic): void;
  /** What was never issued here is as stale as what is forgotten. */
  stateOf(challenge: string, now: Monotonic): ChallengeState;
  use(challenge: string): void;
}

export function createChallenges(valid: Millis = CHALLENGE_VALID): Challenges {
  const issued: { readonly challenge: string; readonly at: Monotonic; used: boolean }[] = [];
  const find = (challenge: string) => issued.find((one) => one.challenge === challenge);
  return {
    issue(challenge, at) {
      issued.push({ challenge, at, used: false });
      if (issued.length > REMEMBERED) issued.shift();
    },
    stateOf(challenge, now) {
      const found = find(challenge);
      if (found === undefined) return 'stale';
      if (found.used) return 'used';
      const age = now - found.at;
      return age >= 0 && age <= valid ? 'good' : 'stale';
    },
    use(challenge) {
      const found = find(challenge);
      if (found !== undefined) found.used = true;
    },
  };
}
