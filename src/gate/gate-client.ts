/**
 * Sends signed grants to a gate, and reports how each ended.
 *
 * Never reports more than is proven: a gate that may have opened is not reported as refused.
 */

import type { Clock } from '../base/clock.js';
import type { GrantId } from '../base/ids.js';
import { type Millis, type Monotonic, millis } from '../base/units.js';
import type { Bus, BusMessage, Published } from '../platform/mqtt/message-bus.js';
import { createGateAnswers, type GateAnswers } from './gate-answers.js';
import { createGateSession, type GateSession } from './gate-session.js';
import type { GateAnswer } from './protocol/answer-bytes.js';
import { type AnswerCheck, type AnswerTrust, createAnswerCheck } from './protocol/answer-check.js';
import { CHALLENGE_EVERY } from './protocol/gate-challenges.js';
import { challengeMessage, type PassageMessage, readMessage } from './protocol/gate-messages.js';
import { messageDigest, signGrant } from './protocol/grant.js';
import type { Direction, GatePlace } from './protocol/grant-bytes.js';
import type { SigningKey } from './protocol/signature.js';
import type { GateTopics } from './protocol/topics.js';

export type GateOutcome =
  /** `latency` from the first sending to the acknowledgement. */
  | { readonly outcome: 'opened'; readonly latency: Millis }
  /** A relay was switched: most likely it opened, and nothing proves it. `latency`: it answered, unsigned. */
  | { readonly outcome: 'pulsed'; readonly latency?: Millis }
  /** The gate's drive was started and has not reported how it went: it may or may not have opened. */
  | { readonly outcome: 'unconfirmed'; readonly latency: Millis }
  /** `unproven`: nothing proves that the answer is the gate's, and it may have opened all the same. */
  | {
      readonly outcome: 'refused';
      readonly reason: string;
      readonly latency: Millis;
      readonly unproven?: true;
    }
  /** Sent and not acknowledged: it may or may not have opened. A late acknowledgement is reported through `onLateAck`. */
  | { readonly outcome: 'gate-unreachable' }
  /** Nothing was sent. */
  | { readonly outcome: 'broker-disconnected' }
  /** No fresh challenge; nothing was sent. */
  | { readonly outcome: 'gate-offline' };

/** What the gate's answers are worth. `unproven`: it should sign them, and has not shown that it can. */
export type AnswersAre = 'signed' | 'unproven' | 'unsigned';

export interface GateClient {
  /** Whether a challenge was received within 1.5 s. */
  readonly alive: boolean;
  /** Absent for a relay, which answers nothing. */
  readonly answers?: AnswersAre;
  /** A relay that is on although its pulse is over. */
  readonly staysOn?: boolean;
  /** At most 2.7 s. Never throws for a broken gate. @param request `pulse` whole ms, 100..10000. */
  open(request: OpenRequest): Promise<GateOutcome>;
}

export interface OpenRequest {
  readonly grant: GrantId;
  readonly direction: Direction;
  readonly pulse: Millis;
}

/** A gate of its own kind, and what is known of it without opening it. */
export interface LaneGateClient extends GateClient {
  readonly answers: AnswersAre;
  /** Whether it has shown that it takes the lane's key and signs with its own. */
  readonly isProven: boolean;
  /** Why it refused to show that. */
  readonly refusal: string | undefined;
}

export interface GateClientListeners {
  /** @param verified whether the gate signed it. */
  readonly onPassage?: (passage: PassageMessage, verified: boolean) => void;
  /** @param verified whether the gate signed it. */
  readonly onLateAck?: (grant: GrantId, answer: GateAnswer, late: Millis, verified: boolean) => void;
  /** Two different answers to one grant. */
  readonly onContradiction?: (grant: GrantId, first: GateAnswer, second: GateAnswer) => void;
  /** A message that was not used, and why. */
  readonly onDropped?: (topic: string, reason: string) => void;
}

export interface GateClientDependencies extends GateClientListeners {
  readonly bus: Bus;
  readonly topics: GateTopics;
  readonly place: GatePlace;
  readonly key: SigningKey;
  /** How the gate's answers are checked. */
  readonly trust: AnswerTrust;
  readonly clock: Clock;
  /** Only checks that the gate takes the key and signs: its passages stay with the session of the lane that serves it. */
  readonly probe?: boolean;
}

/** The actuator allows 2 s; the rest is for the way there. */
const CHALLENGE_FRESH = 1500;
/** Then the same bytes go out once more. */
const REPEAT_AFTER = 500;
/** The drive has 1.5 s to report how it went (DRIVE_LIMIT of the actuator); the rest is for both ways. */
const ACK_LIMIT = 2100;

export const createGateClient = (dependencies: GateClientDependencies): LaneGateClient =>
  new SignedGateClient(dependencies);

class SignedGateClient implements LaneGateClient {
  readonly #dependencies: GateClientDependencies;
  readonly #check: AnswerCheck;
  readonly #session: GateSession;
  readonly #answers: GateAnswers;
  #newest: { readonly challenge: string; readonly at: Monotonic } | undefined;
  /** The challenge of the last grant. */
  #usedChallenge: string | undefined;
  /** Called when a challenge arrives. */
  readonly #wakers = new Set<() => void>();

  constructor(dependencies: GateClientDependencies) {
    const { bus, topics, place, key, clock, trust, probe } = dependencies;
    this.#dependencies = dependencies;
    this.#check = createAnswerCheck(place, trust);
    this.#session = createGateSession({ bus, topic: topics.grant, place, key, clock, probe });
    this.#answers = createGateAnswers({
      clock,
      onLate: (...late) => dependencies.onLateAck?.(...late, trust.protocol === 2),
      onContradiction: (...both) => dependencies.onContradiction?.(...both),
    });
    this.#subscribe(topics.challenge, (payload) => this.#receiveChallenge(payload));
    this.#subscribe(topics.ack, (payload) => this.#receiveAck(payload));
    this.#subscribe(topics.passage, (payload) => this.#receivePassage(payload));
  }

  get alive(): boolean {
    const { clock } = this.#dependencies;
    return this.#newest !== undefined && clock.monotonic() - this.#newest.at <= CHALLENGE_FRESH;
  }

  get answers(): AnswersAre {
    if (this.#dependencies.trust.protocol === 1) return 'unsigned';
    return this.alive && this.#session.isOverdue ? 'unproven' : 'signed';
  }

  get isProven(): boolean {
    return this.#session.isProven;
  }

  get refusal(): string | undefined {
    return this.#session.refusal;
  }

  async open({ grant, direction, pulse }: OpenRequest): Promise<GateOutcome> {
    const { bus, place, key, clock, trust } = this.#dependencies;
    if (!bus.connected) return { outcome: 'broker-disconnected' };
    const challenge = await this.#takeChallenge();
    if (challenge === undefined) return { outcome: 'gate-offline' };
    const signedFor = { ...place, protocol: trust.protocol };
    const message = signGrant({ gate: place.gate, direction, id: grant, challenge, pulse }, key, signedFor);
    const acked = this.#answers.expect(grant, messageDigest(message, signedFor));
    const start = clock.monotonic();
    const answer = await this.#sendTwice(JSON.stringify(message), acked);
    if (answer === 'not-connected') return { outcome: 'broker-disconnected' };
    if (answer === 'no-answer' || answer.result === 'unconfirmed') this.#answers.giveUp(grant);
    if (answer === 'no-answer') return { outcome: 'gate-unreachable' };
    return outcomeOf(answer, millis(clock.monotonic() - start), trust);
  }

  /** @param receive returns why a message is not used; nothing when it is, or when it is another gate's. */
  #subscribe(topic: string, receive: (payload: Uint8Array) => string | undefined): void {
    this.#dependencies.bus.subscribe(topic, ({ payload, retained }: BusMessage) => {
      const reason = retained ? 'retained' : receive(payload);
      if (reason !== undefined && reason !== 'other-gate') this.#dependencies.onDropped?.(topic, reason);
    });
  }

  #receiveChallenge(payload: Uint8Array): string | undefined {
    const { place, clock, trust } = this.#dependencies;
    const message = readMessage(challengeMessage, payload);
    if (message === undefined) return 'bad-message';
    if (message.gate !== place.gate) return undefined;
    this.#newest = { challenge: message.challenge, at: clock.monotonic() };
    if (trust.protocol === 2) this.#session.onChallenge(message);
    for (const wake of [...this.#wakers]) wake();
    return undefined;
  }

  #receiveAck(payload: Uint8Array): string | undefined {
    const read = this.#check.ack(payload);
    if (read.kind === 'dropped') return read.reason;
    if (read.grant !== null) this.#answers.onAck(read);
    else if (read.request !== undefined) this.#session.onAnswer(read.request, read.answer);
    return undefined;
  }

  #receivePassage(payload: Uint8Array): string | undefined {
    const read = this.#check.passage(payload, this.#session.id);
    if (this.#check.isFull) this.#session.renew();
    if (read.kind === 'passage') this.#dependencies.onPassage?.(read.passage, read.verified);
    else if (read.reason === 'other-session') this.#session.reestablish();
    return read.kind === 'dropped' ? read.reason : undefined;
  }

  /** The newest challenge; after a grant that used it up, the next one. */
  async #takeChallenge(): Promise<string | undefined> {
    if (!this.alive) return undefined;
    if (this.#unusedChallenge === undefined) await nextArrival(this.#wakers, CHALLENGE_EVERY + 100);
    const challenge = this.#unusedChallenge;
    this.#usedChallenge = challenge ?? this.#usedChallenge;
    return challenge;
  }

  get #unusedChallenge(): string | undefined {
    return this.alive && this.#newest?.challenge !== this.#usedChallenge
      ? this.#newest?.challenge
      : undefined;
  }

  /** @returns 'not-connected' only where nothing went out. */
  async #sendTwice(bytes: string, acked: Promise<GateAnswer>): Promise<SendResult> {
    const first = await this.#send(bytes, acked, REPEAT_AFTER);
    if (first === 'not-connected' || typeof first !== 'string') return first;
    const second = await this.#send(bytes, acked, ACK_LIMIT - REPEAT_AFTER);
    return typeof second === 'string' ? 'no-answer' : second;
  }

  async #send(
    bytes: string,
    acked: Promise<GateAnswer>,
    limit: number,
  ): Promise<GateAnswer | Published | 'no-answer'> {
    const { bus, topics } = this.#dependencies;
    const published = bus.publish(topics.grant, bytes, { qos: 0, expirySeconds: 2 });
    const failed = published.then<GateAnswer | Published>((result) => (result === 'sent' ? acked : result));
    return firstOf<GateAnswer | Published | 'no-answer'>([acked, failed], limit, 'no-answer');
  }
}

type SendResult = GateAnswer | 'not-connected' | 'no-answer';

function outcomeOf(answer: GateAnswer, latency: Millis, { protocol }: AnswerTrust): GateOutcome {
  switch (answer.result) {
    case 'opened':
    case 'unconfirmed':
      return { outcome: answer.result, latency };
    case 'refused':
      return protocol === 1
        ? { outcome: 'refused', reason: answer.reason, latency, unproven: true }
        : { outcome: 'refused', reason: answer.reason, latency };
    // No grant is answered so: what a gate means by it cannot be known.
    case 'ready':
      return { outcome: 'gate-unreachable' };
  }
}

async function firstOf<T>(races: readonly Promise<T>[], limit: number, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), limit);
  });
  try {
    return await Promise.race([...races, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Until the next arrival, or until `limit` ms have passed. */
function nextArrival(wakers: Set<() => void>, limit: number): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      wakers.delete(wake);
      resolve();
    };
    const timer = setTimeout(wake, limit);
    wakers.add(wake);
  });
}
