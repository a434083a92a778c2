/** Core's side of the gate: asks it to open, and says truthfully how that ended. */
import { type GateId, type GrantId, grantId } from '../../base/ids.js';
import { type Millis, type Monotonic, millis } from '../../base/units.js';
import type { Direction } from '../../gate/canonical-bytes.js';
import { CHALLENGE_EVERY } from '../../gate/challenges.js';
import { signGrant } from '../../gate/grant.js';
import {
  type AckMessage,
  ackMessage,
  challengeMessage,
  type PassageMessage,
  passageMessage,
  readMessage,
} from '../../gate/messages.js';
import type { SigningKey } from '../../gate/signature.js';
import type { GateTopics } from '../../gate/topics.js';
import type { Bus, BusMessage, Published } from '../../ports/bus.js';
import type { Clock } from '../../ports/clock.js';

export type GateOutcome =
  /** `latency` from the first sending to the acknowledgement. */
  | { readonly outcome: 'opened'; readonly latency: Millis }
  /** A relay that answers nothing was told to open: most likely it did, and nobody can know. */
  | { readonly outcome: 'pulsed' }
  | { readonly outcome: 'refused'; readonly reason: string; readonly latency: Millis }
  /** Sent and not acknowledged: it may or may not have opened. A late acknowledgement is told through `onLateAck`. */
  | { readonly outcome: 'gate-unreachable' }
  /** Nothing was sent. */
  | { readonly outcome: 'broker-away' }
  /** No fresh challenge; nothing was sent. */
  | { readonly outcome: 'gate-silent' };

export interface GateClient {
  /** Whether a challenge was heard within 1.5 s. */
  readonly alive: boolean;
  /** At most 1.6 s. Never throws for a broken gate. @param request `pulse` whole ms, 100..10000. */
  open(request: {
    readonly grant: GrantId;
    readonly direction: Direction;
    readonly pulse: Millis;
  }): Promise<GateOutcome>;
}

export interface GateClientParts {
  readonly bus: Bus;
  readonly topics: GateTopics;
  readonly gate: GateId;
  readonly key: SigningKey;
  readonly clock: Clock;
  readonly onPassage?: (passage: PassageMessage) => void;
  readonly onLateAck?: (grant: GrantId, ack: AckMessage, late: Millis) => void;
  /** A message that was not used, and why. */
  readonly onDropped?: (topic: string, reason: 'retained' | 'bad-message') => void;
}

/** The actuator allows 2 s; the rest is for the way there. */
const CHALLENGE_FRESH = 1500;
const ACK_LIMIT = 500;
/** How long the journal waits for the truth, and for how many grants at once. */
const LATE_ACK_LIMIT = 60_000;
const LATE_ACKS = 64;

export function createGateClient(parts: GateClientParts): GateClient {
  const { bus, topics, gate, key, clock } = parts;
  let newest: { readonly challenge: string; readonly at: Monotonic } | undefined;
  let spent: string | undefined;
  const waiting = new Map<GrantId, (ack: AckMessage) => void>();
  const givenUp = new Map<GrantId, Monotonic>();
  const arrivals = new Set<() => void>();

  const listen = (topic: string, use: (payload: Uint8Array) => boolean) =>
    bus.subscribe(topic, (message: BusMessage) => {
      if (message.retained) return parts.onDropped?.(topic, 'retained');
      if (!use(message.payload)) parts.onDropped?.(topic, 'bad-message');
    });
  listen(topics.challenge, (payload) => {
    const message = readMessage(challengeMessage, payload);
    if (message === undefined) return false;
    if (message.gate !== gate) return true;
    newest = { challenge: message.challenge, at: clock.monotonic() };
    for (const wake of [...arrivals]) wake();
    return true;
  });
  listen(topics.ack, (payload) => {
    const message = readMessage(ackMessage, payload);
    if (message === undefined) return false;
    if (message.gate !== gate) return true;
    const grant = grantId(message.grant);
    waiting.get(grant)?.(message);
    const since = givenUp.get(grant);
    givenUp.delete(grant);
    if (since !== undefined && clock.monotonic() - since <= LATE_ACK_LIMIT)
      parts.onLateAck?.(grant, message, millis(clock.monotonic() - since));
    return true;
  });
  listen(topics.passage, (payload) => {
    const message = readMessage(passageMessage, payload);
    if (message === undefined) return false;
    if (message.gate === gate) parts.onPassage?.(message);
    return true;
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
    acked: Promise<AckMessage>,
  ): Promise<AckMessage | Published | 'silence'> => {
    const published = bus.publish(topics.grant, bytes, { qos: 0, expirySeconds: 2 });
    const failed = published.then<AckMessage | Published>((result) => (result === 'sent' ? acked : result));
    return first<AckMessage | Published | 'silence'>([acked, failed], ACK_LIMIT, 'silence');
  };

  return {
    get alive() {
      return alive();
    },
    async open({ grant, direction, pulse }) {
      if (!bus.connected) return { outcome: 'broker-away' };
      const challenge = await takeChallenge();
      if (challenge === undefined) return { outcome: 'gate-silent' };
      const bytes = JSON.stringify(signGrant({ gate, direction, id: grant, challenge, pulse }, key));
      const acked = new Promise<AckMessage>((resolve) => waiting.set(grant, resolve));
      const start = clock.monotonic();
      try {
        let answer = await send(bytes, acked);
        if (answer === 'not-connected') return { outcome: 'broker-away' };
        if (typeof answer === 'string') answer = await send(bytes, acked);
        if (typeof answer !== 'string') return outcomeOf(answer, millis(clock.monotonic() - start));
      } finally {
        waiting.delete(grant);
      }
      givenUp.set(grant, clock.monotonic());
      const [oldest] = givenUp.keys();
      if (givenUp.size > LATE_ACKS && oldest !== undefined) givenUp.delete(oldest);
      return { outcome: 'gate-unreachable' };
    },
  };
}

function outcomeOf(ack: AckMessage, latency: Millis): GateOutcome {
  return ack.result === 'opened'
    ? { outcome: 'opened', latency }
    : { outcome: 'refused', reason: ack.reason, latency };
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
