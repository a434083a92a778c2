/**
 * Issues challenges to operators, so that a recorded command cannot be replayed: each is good for one operator, once, and soon.
 *
 * Any login may request one, and often; so none is stored. A challenge carries its time and is authenticated (HMAC) with a key that
 * only this process has. Stored are those that were used, and to use one takes a signature.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Millis, type Monotonic, millis } from '../../base/units.js';

/** For a person who reads, decides and signs with a tool; a machine takes milliseconds. */
export const COMMAND_CHALLENGE_VALID = millis(30_000);

export interface CommandChallenges {
  /** @param nonce 8 random bytes. @returns 32 bytes as hexadecimal digits. */
  issue(operator: string, nonce: Uint8Array, now: Monotonic): string;
  stateOf(challenge: string, operator: string, now: Monotonic): 'good' | 'stale' | 'used';
  use(challenge: string, now: Monotonic): void;
}

const TIME = 8;
const HEAD = 16;

/** @param seal 32 random bytes, new for each start. */
export function createCommandChallenges(
  seal: Uint8Array,
  valid: Millis = COMMAND_CHALLENGE_VALID,
): CommandChallenges {
  const used = new Map<string, Monotonic>();
  const sealOf = (head: Uint8Array, operator: string): Buffer =>
    createHmac('sha256', seal).update(head).update(operator).digest().subarray(0, HEAD);
  return {
    issue(operator, nonce, now) {
      const time = Buffer.alloc(TIME);
      time.writeDoubleBE(now);
      const head = Buffer.concat([time, nonce.subarray(0, HEAD - TIME)]);
      return Buffer.concat([head, sealOf(head, operator)]).toString('hex');
    },
    stateOf(challenge, operator, now) {
      const bytes = Buffer.from(challenge, 'hex');
      if (bytes.length !== 2 * HEAD) return 'stale';
      const head = bytes.subarray(0, HEAD);
      if (!timingSafeEqual(bytes.subarray(HEAD), sealOf(head, operator))) return 'stale';
      const age = now - bytes.readDoubleBE(0);
      if (!(age >= 0 && age <= valid)) return 'stale';
      return used.has(challenge) ? 'used' : 'good';
    },
    use(challenge, now) {
      for (const [old, at] of used) if (now - at > valid) used.delete(old);
      used.set(challenge, now);
    },
  };
}
