/**
 * Decides whether a message on the grant topic opens the gate.
 *
 * A state machine without I/O. Time comes in as an argument, from the actuator's own monotonic clock; no wall clock
 * takes part. Whatever is not proven ends in a refusal.
 */

import { BoundedMap } from '../../base/bounded-map.js';
import { type GrantId, grantId } from '../../base/ids.js';
import { type Millis, type Monotonic, millis } from '../../base/units.js';
import type { GateAnswer } from './answer-bytes.js';
import { type Challenges, createChallenges } from './gate-challenges.js';
import {
  type GrantMessage,
  grantMessage,
  readMessage,
  type SessionMessage,
  sessionMessage,
} from './gate-messages.js';
import { isSignedBy, messageDigest } from './grant.js';
import type { Direction, GatePlace, GateProtocol } from './grant-bytes.js';
import type { VerifyingKey } from './signature.js';

type Refusal =
  | 'wrong-gate'
  | 'unknown-key'
  | 'bad-signature'
  | 'wrong-direction'
  | 'stale-challenge'
  | 'used-challenge'
  /** The gate is open for another grant. */
  | 'busy'
  | 'drive-failed';

/** What an answer refers to: by its digest, so that a forged copy of a grant gets an answer that is not the grant's. */
export interface AnsweredRequest {
  /** null for a session. */
  readonly grant: string | null;
  /** SHA-256, hexadecimal. */
  readonly request: string;
  /** Id of the key that signed it; absent when none of the gate's keys did. */
  readonly key?: string;
}

export type GrantVerdict =
  /** Move the gate, then report how it went with `settle`. */
  | {
      readonly kind: 'open';
      readonly grant: GrantId;
      readonly pulse: Millis;
      readonly request: AnsweredRequest;
    }
  /** Publish this. `repeated`: it was published before. */
  | {
      readonly kind: 'answer';
      readonly answer: GateAnswer;
      readonly request: AnsweredRequest;
      readonly repeated: boolean;
    }
  /** From now on passages name this session. */
  | { readonly kind: 'session'; readonly session: string; readonly request: AnsweredRequest }
  /** The same grant is being carried out; its acknowledgement will come. */
  | { readonly kind: 'under-way' }
  /** There is nothing to answer: the message has no readable grant id, or is of the other version. */
  | { readonly kind: 'ignore'; readonly reason: 'bad-message' | 'other-version' };

export interface GrantCheck {
  /** @param challenge 16 random bytes, hexadecimal. */
  issue(challenge: string, now: Monotonic): void;
  /** @param busy whether the gate is open. */
  check(payload: Uint8Array, now: Monotonic, busy: boolean): GrantVerdict;
  /** How an `open` ended: the answer to every repeat. 'unconfirmed' may be settled once more, when it is known. */
  settle(grant: GrantId, answer: GateAnswer): void;
}

interface GateOfCheck extends GatePlace {
  readonly direction: Direction;
  readonly keys: readonly VerifyingKey[];
  readonly protocol: GateProtocol;
}

/** Far more than can be granted while a challenge is valid, so that evicting an id never makes it good again. */
const MAX_REMEMBERED_GRANTS = 256;

export const createGrantCheck = (own: GateOfCheck): GrantCheck => new GrantChecker(own);

class GrantChecker implements GrantCheck {
  readonly #own: GateOfCheck;
  readonly #challenges: Challenges = createChallenges();
  readonly #answers = new BoundedMap<string, GateAnswer | 'under-way'>(MAX_REMEMBERED_GRANTS);

  constructor(own: GateOfCheck) {
    this.#own = own;
  }

  issue(challenge: string, now: Monotonic): void {
    this.#challenges.issue(challenge, now);
  }

  check(payload: Uint8Array, now: Monotonic, busy: boolean): GrantVerdict {
    const { protocol } = this.#own;
    const grant = readMessage(grantMessage, payload);
    if (grant !== undefined)
      return grant.v === protocol
        ? this.#checkGrant(grant, now, busy)
        : { kind: 'ignore', reason: 'other-version' };
    const session = protocol === 1 ? undefined : readMessage(sessionMessage, payload);
    return session === undefined
      ? { kind: 'ignore', reason: 'bad-message' }
      : this.#checkSession(session, now);
  }

  settle(grant: GrantId, answer: GateAnswer): void {
    this.#answers.set(grant, answer);
  }

  #checkSession(message: SessionMessage, now: Monotonic): GrantVerdict {
    const request = { grant: null, request: messageDigest(message, this.#own) };
    const signer = this.#signerOf(message);
    if (typeof signer === 'string') return refused(signer, request);
    // Fresh by a challenge of now, as a grant is; it opens nothing, so the challenge is not used up.
    if (this.#challenges.stateOf(message.challenge, now) === 'stale')
      return refused('stale-challenge', request);
    return { kind: 'session', session: message.session, request: { ...request, key: signer.id } };
  }

  #checkGrant(message: GrantMessage, now: Monotonic, busy: boolean): GrantVerdict {
    const unsigned = { grant: message.id, request: messageDigest(message, this.#own) };
    // Before the signature is good, nothing is remembered: a forger must not be able to use up the id of a grant.
    const signer = this.#signerOf(message);
    if (typeof signer === 'string') return refused(signer, unsigned);
    const request = { ...unsigned, key: signer.id };

    const before = this.#answers.get(message.id);
    if (before === 'under-way') return { kind: 'under-way' };
    if (before !== undefined) return { kind: 'answer', answer: before, request, repeated: true };

    const reason = this.#refusalFor(message, now, busy);
    if (reason !== undefined) {
      this.#answers.set(message.id, { result: 'refused', reason });
      return refused(reason, request);
    }
    // Used up before the gate moves: if the drive fails half way, the same grant cannot try again.
    this.#challenges.use(message.challenge);
    this.#answers.set(message.id, 'under-way');
    return { kind: 'open', grant: grantId(message.id), pulse: millis(message.pulse_ms), request };
  }

  /** The key that signed the message, or why it is none of the gate's. */
  #signerOf(message: GrantMessage | SessionMessage): VerifyingKey | Refusal {
    if (message.gate !== this.#own.gate) return 'wrong-gate';
    const key = this.#own.keys.find(
      ({ id, algorithm }) => id === message.key && algorithm === message.algorithm,
    );
    if (key === undefined) return 'unknown-key';
    return isSignedBy(message, key, this.#own) ? key : 'bad-signature';
  }

  #refusalFor(message: GrantMessage, now: Monotonic, busy: boolean): Refusal | undefined {
    if (message.direction !== this.#own.direction) return 'wrong-direction';
    switch (this.#challenges.stateOf(message.challenge, now)) {
      case 'used':
        return 'used-challenge';
      case 'stale':
        return 'stale-challenge';
      case 'good':
        return busy ? 'busy' : undefined;
    }
  }
}

const refused = (reason: Refusal, request: AnsweredRequest): GrantVerdict => ({
  kind: 'answer',
  answer: { result: 'refused', reason },
  request,
  repeated: false,
});
