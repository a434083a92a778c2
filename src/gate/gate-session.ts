/**
 * The lane's session at its gate: a nonce that the gate names in each signed passage, so that one that was recorded before this
 * start of the lane is not taken again. Its answer also proves, before anybody stands there, that the gate has the right keys.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import type { Monotonic } from '../base/units.js';
import type { Bus } from '../platform/mqtt/message-bus.js';
import type { GateAnswer } from './protocol/answer.js';
import { type ChallengeMessage, NO_SESSION } from './protocol/gate-messages.js';
import { digestOf, signSession } from './protocol/grant.js';
import type { GatePlace } from './protocol/grant-place.js';
import type { SigningKey } from './protocol/signature.js';

export interface GateSession {
  /** 16 bytes, hexadecimal. */
  readonly id: string;
  /** Whether the gate has answered for it since its last start, signed. */
  readonly isProven: boolean;
  /** Asked for and not answered for longer than a gate takes. */
  readonly isOverdue: boolean;
  /** Why the gate refused it, where it did. */
  readonly refusal: string | undefined;
  heard(challenge: ChallengeMessage): void;
  answered(request: string, answer: GateAnswer): void;
  /** The gate named another session: it asks again. */
  doubt(): void;
  /** Starts another session. */
  renew(): void;
}

const RETRY_MS = 1000;
/** A gate of version 1, or one with other keys, is not asked every second for ever. */
const QUICK_TRIES = 10;
const SLOW_RETRY_MS = 10_000;
const OVERDUE_MS = 3000;
/** Requests whose answer may still come. */
const MAX_PENDING = 8;

export function createGateSession(parts: {
  readonly bus: Bus;
  /** Of grants. */
  readonly topic: string;
  readonly place: GatePlace;
  readonly key: SigningKey;
  readonly clock: Clock;
  readonly probe: boolean | undefined;
}): GateSession {
  const { bus, topic, place, key, clock, probe = false } = parts;
  let id = probe ? NO_SESSION : newSession();
  let provenBoot: string | undefined;
  let refusal: string | undefined;
  let askedAt: Monotonic | undefined;
  let missingSince: Monotonic | undefined;
  let tries = 0;
  /** Request digest to the boot that the gate named when it was asked. */
  const pending = new Map<string, string>();

  const ask = ({ challenge, boot }: ChallengeMessage, now: Monotonic) => {
    askedAt = now;
    tries += 1;
    const signedFor = { ...place, protocol: 2 } as const;
    const message = signSession({ gate: place.gate, challenge, session: id }, key, signedFor);
    pending.set(digestOf(message, signedFor), boot);
    const [oldest] = pending.keys();
    if (pending.size > MAX_PENDING && oldest !== undefined) pending.delete(oldest);
    void bus.publish(topic, JSON.stringify(message), { qos: 0, expirySeconds: 2 });
  };
  const startOver = () => {
    provenBoot = undefined;
    tries = 0;
  };
  return {
    get id() {
      return id;
    },
    get isProven() {
      return provenBoot !== undefined;
    },
    get isOverdue() {
      return missingSince !== undefined && clock.monotonic() - missingSince > OVERDUE_MS;
    },
    get refusal() {
      return refusal;
    },
    heard(challenge) {
      if (provenBoot === challenge.boot) {
        missingSince = undefined;
        return;
      }
      const now = clock.monotonic();
      // The boot in a challenge is not signed: a forged one costs one more question a second, and proves nothing.
      if (provenBoot !== undefined && (askedAt === undefined || now - askedAt >= RETRY_MS)) tries = 0;
      missingSince ??= now;
      const wait = tries < QUICK_TRIES ? RETRY_MS : SLOW_RETRY_MS;
      if (askedAt === undefined || now - askedAt >= wait) ask(challenge, now);
    },
    answered(request, answer) {
      const boot = pending.get(request);
      if (boot === undefined) return;
      pending.delete(request);
      if (answer.result === 'refused') refusal = answer.reason;
      if (answer.result !== 'ready') return;
      provenBoot = boot;
      refusal = undefined;
      missingSince = undefined;
      tries = 0;
    },
    doubt: startOver,
    renew() {
      id = newSession();
      pending.clear();
      startOver();
    },
  };
}

const newSession = (): string => randomBytes(16).toString('hex');
