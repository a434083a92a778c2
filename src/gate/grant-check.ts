/**
 * The actuator's one question: does this message open the gate?
 *
 * A state machine without I/O. Time comes in as an argument, from the actuator's own monotonic clock; no wall clock
 * takes part. Whatever is not proven ends in a refusal.
 */
import { type GateId, type GrantId, grantId } from '../base/ids.js';
import { type Millis, type Monotonic, millis } from '../base/units.js';
import type { Direction } from './canonical-bytes.js';
import { createChallenges } from './challenges.js';
import { isSignedBy } from './grant.js';
import { type AckMessage, type GrantMessage, grantMessage, readMessage } from './messages.js';
import type { VerifyingKey } from './signature.js';

export type Refusal =
  | 'wrong-gate'
  | 'unknown-key'
  | 'bad-signature'
  | 'wrong-direction'
  | 'stale-challenge'
  | 'used-challenge'
  /** The gate stands open for somebody else. */
  | 'busy'
  | 'drive-failed';

export type Check =
  /** Move the gate, then say how it went with `settle`. */
  | { readonly kind: 'open'; readonly grant: GrantId; readonly pulse: Millis }
  /** Publish this. `repeated`: it was said before. */
  | { readonly kind: 'answer'; readonly ack: AckMessage; readonly repeated: boolean }
  /** The same grant is being carried out at this moment; its acknowledgement will come. */
  | { readonly kind: 'under-way' }
  /** Nothing to answer to: the message has no readable grant id. */
  | { readonly kind: 'ignore'; readonly reason: 'bad-message' };

export interface GrantCheck {
  /** @param challenge 16 random bytes, hexadecimal. */
  issue(challenge: string, now: Monotonic): void;
  /** @param busy whether the gate stands open. */
  check(payload: Uint8Array, now: Monotonic, busy: boolean): Check;
  /** How an `open` ended. @returns the acknowledgement, now and for every repeat. */
  settle(grant: GrantId, result: 'opened' | 'drive-failed'): AckMessage;
}

/** Far more than can be granted while a challenge lives, so that forgetting an id never makes it good again. */
const REMEMBERED_IDS = 256;

export function createGrantCheck(own: {
  readonly gate: GateId;
  readonly direction: Direction;
  readonly keys: readonly VerifyingKey[];
}): GrantCheck {
  const challenges = createChallenges();
  const answers = new Map<string, AckMessage | 'under-way'>();
  const remember = (grant: string, answer: AckMessage | 'under-way') => {
    answers.set(grant, answer);
    const [oldest] = answers.keys();
    if (answers.size > REMEMBERED_IDS && oldest !== undefined) answers.delete(oldest);
  };
  const refused = (grant: string, reason: Refusal): AckMessage => ({
    v: 1,
    grant,
    gate: own.gate,
    result: 'refused',
    reason,
  });

  const strangerTo = (message: GrantMessage): Refusal | undefined => {
    if (message.gate !== own.gate) return 'wrong-gate';
    const key = own.keys.find(({ id, algorithm }) => id === message.key && algorithm === message.algorithm);
    if (key === undefined) return 'unknown-key';
    return isSignedBy(message, key) ? undefined : 'bad-signature';
  };
  const objectionTo = (message: GrantMessage, now: Monotonic, busy: boolean): Refusal | undefined => {
    if (message.direction !== own.direction) return 'wrong-direction';
    const state = challenges.stateOf(message.challenge, now);
    if (state !== 'good') return state === 'used' ? 'used-challenge' : 'stale-challenge';
    return busy ? 'busy' : undefined;
  };

  return {
    issue: challenges.issue,
    check(payload, now, busy) {
      const message = readMessage(grantMessage, payload);
      if (message === undefined) return { kind: 'ignore', reason: 'bad-message' };
      // Before the signature is good, nothing is remembered: a forger must not be able to use up somebody's id.
      const forged = strangerTo(message);
      if (forged !== undefined) return { kind: 'answer', ack: refused(message.id, forged), repeated: false };

      const before = answers.get(message.id);
      if (before === 'under-way') return { kind: 'under-way' };
      if (before !== undefined) return { kind: 'answer', ack: before, repeated: true };

      const objection = objectionTo(message, now, busy);
      if (objection !== undefined) {
        const ack = refused(message.id, objection);
        remember(message.id, ack);
        return { kind: 'answer', ack, repeated: false };
      }
      // Used up before the gate moves: if the drive fails half way, the same grant cannot try again.
      challenges.use(message.challenge);
      remember(message.id, 'under-way');
      return { kind: 'open', grant: grantId(message.id), pulse: millis(message.pulse_ms) };
    },
    settle(grant, result) {
      const ack: AckMessage =
        result === 'opened' ? { v: 1, grant, gate: own.gate, result } : refused(grant, result);
      remember(grant, ack);
      return ack;
    },
  };
}
