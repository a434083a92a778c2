/**
 * The actuator's one question: does this message open the gate?
 *
 * A state machine without I/O. Time comes in as an argument, from the actuator's own monotonic clock; no wall clock
 * takes part. Whatever is not proven ends in a refusal.
 */
import { type GrantId, grantId } from '../../base/ids.js';
import { type Millis, type Monotonic, millis } from '../../base/units.js';
import type { GateAnswer } from './answer.js';
import { createChallenges } from './gate-challenges.js';
import {
  type GrantMessage,
  grantMessage,
  readMessage,
  type SessionMessage,
  sessionMessage,
} from './gate-messages.js';
import { digestOf, isSignedBy } from './grant.js';
import type { Direction } from './grant-bytes.js';
import type { GatePlace, GateProtocol } from './grant-place.js';
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

/** What is answered: by its digest, so that a forged copy of a grant gets an answer that is not the grant's. */
export interface Asked {
  /** null for a session. */
  readonly grant: string | null;
  /** SHA-256, hexadecimal. */
  readonly request: string;
  /** Id of the key that signed it; absent when none of the gate's keys did. */
  readonly key?: string;
}

export type Check =
  /** Move the gate, then say how it went with `settle`. */
  | { readonly kind: 'open'; readonly grant: GrantId; readonly pulse: Millis; readonly asked: Asked }
  /** Publish this. `repeated`: it was said before. */
  | {
      readonly kind: 'answer';
      readonly answer: GateAnswer;
      readonly asked: Asked;
      readonly repeated: boolean;
    }
  /** From now on passages name this session. */
  | { readonly kind: 'session'; readonly session: string; readonly asked: Asked }
  /** The same grant is being carried out at this moment; its acknowledgement will come. */
  | { readonly kind: 'under-way' }
  /** Nothing to answer to: the message has no readable grant id, or is of the other version. */
  | { readonly kind: 'ignore'; readonly reason: 'bad-message' | 'other-version' };

export interface GrantCheck {
  /** @param challenge 16 random bytes, hexadecimal. */
  issue(challenge: string, now: Monotonic): void;
  /** @param busy whether the gate stands open. */
  check(payload: Uint8Array, now: Monotonic, busy: boolean): Check;
  /** How an `open` ended: the answer to every repeat. 'unconfirmed' may be settled once more, when it is known. */
  settle(grant: GrantId, answer: GateAnswer): void;
}

export interface GateOfCheck extends GatePlace {
  readonly direction: Direction;
  readonly keys: readonly VerifyingKey[];
  readonly protocol: GateProtocol;
}

/** Far more than can be granted while a challenge lives, so that forgetting an id never makes it good again. */
const REMEMBERED_IDS = 256;

export function createGrantCheck(own: GateOfCheck): GrantCheck {
  const challenges = createChallenges();
  const answers = new Map<string, GateAnswer | 'under-way'>();
  const remember = (grant: string, answer: GateAnswer | 'under-way') => {
    answers.set(grant, answer);
    const [oldest] = answers.keys();
    if (answers.size > REMEMBERED_IDS && oldest !== undefined) answers.delete(oldest);
  };
  /** The key that signed the message, or why it is a stranger's. */
  const signerOf = (message: GrantMessage | SessionMessage): VerifyingKey | Refusal => {
    if (message.gate !== own.gate) return 'wrong-gate';
    const key = own.keys.find(({ id, algorithm }) => id === message.key && algorithm === message.algorithm);
    if (key === undefined) return 'unknown-key';
    return isSignedBy(message, key, own) ? key : 'bad-signature';
  };
  const challengeObjection = (challenge: string, now: Monotonic): Refusal | undefined => {
    const state = challenges.stateOf(challenge, now);
    if (state === 'good') return undefined;
    return state === 'used' ? 'used-challenge' : 'stale-challenge';
  };
  const refusalFor = (message: GrantMessage, now: Monotonic, busy: boolean): Refusal | undefined => {
    if (message.direction !== own.direction) return 'wrong-direction';
    return challengeObjection(message.challenge, now) ?? (busy ? 'busy' : undefined);
  };
  const refuse = (reason: Refusal, asked: Asked): Check => ({
    kind: 'answer',
    answer: { result: 'refused', reason },
    asked,
    repeated: false,
  });

  const checkSession = (message: SessionMessage, now: Monotonic): Check => {
    const asked = { grant: null, request: digestOf(message, own) };
    const signer = signerOf(message);
    if (typeof signer === 'string') return refuse(signer, asked);
    // Fresh by a challenge of now, as a grant is; it opens nothing, so the challenge is not used up.
    if (challenges.stateOf(message.challenge, now) === 'stale') return refuse('stale-challenge', asked);
    return { kind: 'session', session: message.session, asked: { ...asked, key: signer.id } };
  };
  const checkGrant = (message: GrantMessage, now: Monotonic, busy: boolean): Check => {
    const stranger = { grant: message.id, request: digestOf(message, own) };
    // Before the signature is good, nothing is remembered: a forger must not be able to use up somebody's id.
    const signer = signerOf(message);
    if (typeof signer === 'string') return refuse(signer, stranger);
    const asked = { ...stranger, key: signer.id };

    const before = answers.get(message.id);
    if (before === 'under-way') return { kind: 'under-way' };
    if (before !== undefined) return { kind: 'answer', answer: before, asked, repeated: true };

    const reason = refusalFor(message, now, busy);
    if (reason !== undefined) {
      remember(message.id, { result: 'refused', reason });
      return refuse(reason, asked);
    }
    // Used up before the gate moves: if the drive fails half way, the same grant cannot try again.
    challenges.use(message.challenge);
    remember(message.id, 'under-way');
    return { kind: 'open', grant: grantId(message.id), pulse: millis(message.pulse_ms), asked };
  };

  return {
    issue: challenges.issue,
    check(payload, now, busy) {
      const grant = readMessage(grantMessage, payload);
      if (grant !== undefined)
        return grant.v === own.protocol
          ? checkGrant(grant, now, busy)
          : { kind: 'ignore', reason: 'other-version' };
      const session = own.protocol === 1 ? undefined : readMessage(sessionMessage, payload);
      return session === undefined ? { kind: 'ignore', reason: 'bad-message' } : checkSession(session, now);
    },
    settle: remember,
  };
}
