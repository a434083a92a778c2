/** Core's side of the gate: asks it to open, and says truthfully how that ended. */

import type { Clock } from '../base/clock.js';
import type { GrantId } from '../base/ids.js';
import { type Millis, type Monotonic, millis } from '../base/units.js';
import type { Bus, BusMessage, Published } from '../platform/mqtt/message-bus.js';
import { createGateAnswers } from './gate-answers.js';
import { createGateSession } from './gate-session.js';
import type { GateAnswer } from './protocol/answer.js';
import { type AnswerTrust, createAnswerCheck } from './protocol/answer-check.js';
import { CHALLENGE_EVERY } from './protocol/gate-challenges.js';
import { challengeMessage, type PassageMessage, readMessage } from './protocol/gate-messages.js';
import { digestOf, signGrant } from './protocol/grant.js';
import type { Direction } from './protocol/grant-bytes.js';
import type { GatePlace } from './protocol/grant-place.js';
import type { SigningKey } from './protocol/signature.js';
import type { GateTopics } from './protocol/topics.js';

export type GateOutcome =
  /** `latency` from the first sending to the acknowledgement. */
  | { readonly outcome: 'opened'; readonly latency: Millis }
  /** A relay was told to open: most likely it did, and nothing proves it. `latency`: it answered, unsigned. */
  | { readonly outcome: 'pulsed'; readonly latency?: Millis }
  /** The gate's drive was started and has not said how it went: it may or may not have opened. */
  | { readonly outcome: 'unconfirmed'; readonly latency: Millis }
  /** `unproven`: nothing proves that the gate said so, and it may have opened all the same. */
  | {
      readonly outcome: 'refused';
      readonly reason: string;
      readonly latency: Millis;
      readonly unproven?: true;
    }
  /** Sent and not acknowledged: it may or may not have opened. A late acknowledgement is told through `onLateAck`. */
  | { readonly outcome: 'gate-unreachable' }
  /** Nothing was sent. */
  | { readonly outcome: 'broker-disconnected' }
  /** No fresh challenge; nothing was sent. */
  | { readonly outcome: 'gate-offline' };

/** What the gate's answers are worth. `unproven`: it should sign them, and has not shown that it can. */
export type AnswersAre = 'signed' | 'unproven' | 'unsigned';

export interface GateClient {
  /** Whether a challenge was heard within 1.5 s. */
  readonly alive: boolean;
  /** Absent for a relay, which answers nothing. */
  readonly answers?: AnswersAre;
  /** A relay that is on although its pulse is over. */
  readonly staysOn?: boolean;
  /** At most 2.7 s. Never throws for a broken gate. @param request `pulse` whole ms, 100..10000. */
  open(request: {
    readonly grant: GrantId;
    readonly direction: Direction;
    readonly pulse: Millis;
  }): Promise<GateOutcome>;
}

/** A gate of its own kind, and what is known of it without opening it. */
export interface LaneGateClient extends GateClient {
  readonly answers: AnswersAre;
  /** Whether it has shown that it takes the lane's key and signs with its own. */
  readonly isProven: boolean;
  /** Why it refused to show that. */
  readonly refusal: string | undefined;
}

export interface GateClientDependencies {
  readonly bus: Bus;
  readonly topics: GateTopics;
  readonly place: GatePlace;
  readonly key: SigningKey;
  /** How the gate's answers are checked. */
  readonly trust: AnswerTrust;
  readonly clock: Clock;
  /** Only asks whether the gate takes the key and signs: its passages go on belonging to the lane that serves it. */
  readonly probe?: boolean;
  /** @param verified whether the gate signed it. */
  readonly onPassage?: (passage: PassageMessage, verified: boolean) => void;
  readonly onLateAck?: (grant: GrantId, answer: GateAnswer, late: Millis) => void;
  /** Two different answers to one grant. */
  readonly onContradiction?: (grant: GrantId, first: GateAnswer, second: GateAnswer) => void;
  /** A message that was not used, and why. */
  readonly onDropped?: (topic: string, reason: string) => void;
}

/** The actuator allows 2 s; the rest is for the way there. */
const CHALLENGE_FRESH = 1500;
/** Then the same bytes go out once more. */
const REPEAT_AFTER = 500;
/** The drive has 1.5 s to say how it went (DRIVE_LIMIT of the actuator); the rest is for both ways. */
const ACK_LIMIT = 2100;

export function createGateClient(dependencies: GateClientDependencies): LaneGateClient {
  const { bus, topics, place, key, clock, trust } = dependencies;
  const { gate } = place;
  const signedFor = { ...place, protocol: trust.protocol };
  let newest: { readonly challenge: string; readonly at: Monotonic } | undefined;
  let spent: string | undefined;
  const arrivals = new Set<() => void>();
  const check = createAnswerCheck(place, trust);
  const session = createGateSession({
    bus,
    topic: topics.grant,
    place,
    key,
    clock,
    probe: dependencies.probe,
  });
  const answers = createGateAnswers({
    clock,
    onLate: (...late) => dependencies.onLateAck?.(...late),
    onContradiction: (...both) => dependencies.onContradiction?.(...both),
  });

  /** @param use returns why a message is not used; nothing when it is, or when it is another gate's. */
  const listen = (topic: string, use: (payload: Uint8Array) => string | undefined) =>
    bus.subscribe(topic, ({ payload, retained }: BusMessage) => {
      const reason = retained ? 'retained' : use(payload);
      if (reason !== undefined && reason !== 'other-gate') dependencies.onDropped?.(topic, reason);
    });
  listen(topics.challenge, (payload) => {
    const message = readMessage(challengeMessage, payload);
    if (message === undefined) return 'bad-message';
    if (message.gate !== gate) return undefined;
    newest = { challenge: message.challenge, at: clock.monotonic() };
    if (trust.protocol === 2) session.heard(message);
    for (const wake of [...arrivals]) wake();
    return undefined;
  });
  listen(topics.ack, (payload) => {
    const read = check.ack(payload);
    if (read.kind === 'dropped') return read.reason;
    if (read.grant !== null) answers.heard(read);
    else if (read.request !== undefined) session.answered(read.request, read.answer);
    return undefined;
  });
  listen(topics.passage, (payload) => {
    const read = check.passage(payload, session.id);
    if (check.isFull) session.renew();
    if (read.kind === 'passage') dependencies.onPassage?.(read.passage, read.verified);
    else if (read.reason === 'other-session') session.doubt();
    return read.kind === 'dropped' ? read.reason : undefined;
  });

  const alive = () => newest !== undefined && clock.monotonic() - newest.at <= CHALLENGE_FRESH;
  const unused = () => (alive() && newest?.challenge !== spent ? newest?.challenge : undefined);
  /** The newest challenge; after a grant that used it up, the next one. */
  const takeChallenge = async (): Promise<string | undefined> => {
    if (!alive()) return undefined;
    if (unused() === undefined) await soon(arrivals, CHALLENGE_EVERY + 100);
    const challenge = unused();
    spent = challenge ?? spent;
    return challenge;
  };

  const send = async (
    bytes: string,
    acked: Promise<GateAnswer>,
    limit: number,
  ): Promise<GateAnswer | Published | 'silence'> => {
    const published = bus.publish(topics.grant, bytes, { qos: 0, expirySeconds: 2 });
    const failed = published.then<GateAnswer | Published>((result) => (result === 'sent' ? acked : result));
    return first<GateAnswer | Published | 'silence'>([acked, failed], limit, 'silence');
  };

  return {
    get alive() {
      return alive();
    },
    get answers() {
      if (trust.protocol === 1) return 'unsigned';
      return alive() && session.isOverdue ? 'unproven' : 'signed';
    },
    get isProven() {
      return session.isProven;
    },
    get refusal() {
      return session.refusal;
    },
    async open({ grant, direction, pulse }) {
      if (!bus.connected) return { outcome: 'broker-disconnected' };
      const challenge = await takeChallenge();
      if (challenge === undefined) return { outcome: 'gate-offline' };
      const message = signGrant({ gate, direction, id: grant, challenge, pulse }, key, signedFor);
      const bytes = JSON.stringify(message);
      const acked = answers.expect(grant, digestOf(message, signedFor));
      const start = clock.monotonic();
      let answer = await send(bytes, acked, REPEAT_AFTER);
      if (answer === 'not-connected') return { outcome: 'broker-disconnected' };
      if (typeof answer === 'string') answer = await send(bytes, acked, ACK_LIMIT - REPEAT_AFTER);
      if (typeof answer === 'string' || answer.result === 'unconfirmed') answers.giveUp(grant);
      if (typeof answer === 'string') return { outcome: 'gate-unreachable' };
      return outcomeOf(answer, millis(clock.monotonic() - start), trust);
    },
  };
}

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

async function first<T>(races: readonly Promise<T>[], limit: number, otherwise: T): Promise<T> {
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
function soon(arrivals: Set<() => void>, limit: number): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      arrivals.delete(wake);
      resolve();
    };
    const timer = setTimeout(wake, limit);
    arrivals.add(wake);
  });
}
