/** Issues challenges to operators, and authorizes a command by a signature over a fresh one, or because the broker vouches for the user. */

import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Millis, type Monotonic, millis } from '../../base/units.js';
import type { VerifyingKey } from '../protocol/signature.js';
import { argumentOf, type CommandMessage, commandBytes, type Operation } from './operator-messages.js';

interface Operator {
  readonly permissions: ReadonlySet<Operation>;
}

export interface Authority {
  readonly operators: ReadonlyMap<string, Operator & { readonly key: VerifyingKey }>;
  /** Trusted because the broker's access list lets no other login publish to their topic. */
  readonly brokerUsers: ReadonlyMap<string, Operator>;
}

/** Codes are API: never renamed. */
export type Denial =
  | 'not-signed'
  | 'unknown-operator'
  | 'stale-challenge'
  | 'used-challenge'
  | 'bad-signature'
  | 'not-allowed';

type Judgement =
  | { readonly kind: 'allowed'; readonly operator: string; readonly by: 'signature' | 'broker' }
  | { readonly kind: 'denied'; readonly reason: Denial };

export interface CommandRequest {
  /** "twinstile/SITE/LANE" */
  readonly lane: string;
  readonly operation: Operation;
  readonly message: CommandMessage;
  /** The last segment of `command/OP/USER`. */
  readonly user?: string;
}

/** The challenge is used up as soon as the signature is good, also where the command is denied. */
export function authorizeCommand(
  { lane, operation, message, user }: CommandRequest,
  { operators, brokerUsers }: Authority,
  challenges: CommandChallenges,
  now: Monotonic,
): Judgement {
  const denied = (reason: Denial): Judgement => ({ kind: 'denied', reason });
  if (user !== undefined) {
    const known = brokerUsers.get(user);
    if (known === undefined) return denied('unknown-operator');
    return known.permissions.has(operation)
      ? { kind: 'allowed', operator: user, by: 'broker' }
      : denied('not-allowed');
  }
  const { operator, challenge, signature, transaction } = message;
  if (operator === undefined || challenge === undefined || signature === undefined)
    return denied('not-signed');
  const known = operators.get(operator);
  if (known === undefined) return denied('unknown-operator');
  const state = challenges.stateOf(challenge, operator, now);
  if (state === 'stale') return denied('stale-challenge');
  const argument = argumentOf(operation, message);
  const bytes = commandBytes({ lane, operation, operator, transaction, challenge, argument });
  if (!known.key.verify(bytes, Buffer.from(signature, 'hex'))) return denied('bad-signature');
  if (state === 'used') return denied('used-challenge');
  challenges.use(challenge, now);
  return known.permissions.has(operation)
    ? { kind: 'allowed', operator, by: 'signature' }
    : denied('not-allowed');
}

// So that a recorded command cannot be replayed, each challenge is good for one operator, once, and soon. Any login may request one,
// and often; so none is stored. A challenge carries its time and is authenticated (HMAC) with a key that only this process has.
// Stored are those that were used, and to use one takes a signature.

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
