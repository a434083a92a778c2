/**
 * Keeps the lane's session at its gate: a nonce that the gate names in each signed passage, so that one that was recorded before
 * this start of the lane is not taken again. The answer to it also proves, before the first grant, that the gate has the right keys.
 */
import { randomBytes } from 'node:crypto';
import { BoundedMap } from '../base/bounded-map.js';
import type { Clock } from '../base/clock.js';
import type { Monotonic } from '../base/units.js';
import type { Bus } from '../platform/mqtt/message-bus.js';
import type { GateAnswer } from './protocol/answer-bytes.js';
import { type ChallengeMessage, NO_SESSION } from './protocol/gate-messages.js';
import { messageDigest, signSession } from './protocol/grant.js';
import type { GatePlace } from './protocol/grant-bytes.js';
import type { SigningKey } from './protocol/signature.js';

export interface GateSession {
  /** 16 bytes, hexadecimal. */
  readonly id: string;
  /** Whether the gate has answered for it since its last start, signed. */
  readonly isProven: boolean;
  /** Requested and not answered for longer than a gate takes. */
  readonly isOverdue: boolean;
  /** Why the gate refused it, where it did. */
  readonly refusal: string | undefined;
  onChallenge(challenge: ChallengeMessage): void;
  /** @param request digest of what is answered. */
  onAnswer(request: string, answer: GateAnswer): void;
  /** The gate named another session: requests this one again. */
  reestablish(): void;
  /** Starts another session, with a new nonce. */
  renew(): void;
}

const RETRY_MS = 1000;
/** A gate of version 1, or one with other keys, does not get a request every second for ever. */
const QUICK_TRIES = 10;
const SLOW_RETRY_MS = 10_000;
const OVERDUE_MS = 3000;
/** Requests whose answer may still come. */
const MAX_PENDING = 8;

interface GateSessionDependencies {
  readonly bus: Bus;
  /** Of grants. */
  readonly topic: string;
  readonly place: GatePlace;
  readonly key: SigningKey;
  readonly clock: Clock;
  readonly probe: boolean | undefined;
}

export const createGateSession = (dependencies: GateSessionDependencies): GateSession =>
  new RequestedSession(dependencies);

class RequestedSession implements GateSession {
  readonly #dependencies: GateSessionDependencies;
  #id: string;
  /** The start of the gate that answered for this session. */
  #provenBoot: string | undefined;
  #refusal: string | undefined;
  #requestedAt: Monotonic | undefined;
  #missingSince: Monotonic | undefined;
  #tries = 0;
  /** Request digest to the boot that the gate named when the request was sent. */
  readonly #pending = new BoundedMap<string, string>(MAX_PENDING);

  constructor(dependencies: GateSessionDependencies) {
    this.#dependencies = dependencies;
    this.#id = dependencies.probe === true ? NO_SESSION : newSession();
  }

  get id(): string {
    return this.#id;
  }

  get isProven(): boolean {
    return this.#provenBoot !== undefined;
  }

  get isOverdue(): boolean {
    const now = this.#dependencies.clock.monotonic();
    return this.#missingSince !== undefined && now - this.#missingSince > OVERDUE_MS;
  }

  get refusal(): string | undefined {
    return this.#refusal;
  }

  onChallenge(challenge: ChallengeMessage): void {
    if (this.#provenBoot === challenge.boot) {
      this.#missingSince = undefined;
      return;
    }
    const now = this.#dependencies.clock.monotonic();
    // The boot in a challenge is not signed: a forged one costs one more request a second, and proves nothing.
    if (this.#provenBoot !== undefined && this.#isDue(now, RETRY_MS)) this.#tries = 0;
    this.#missingSince ??= now;
    if (this.#isDue(now, this.#tries < QUICK_TRIES ? RETRY_MS : SLOW_RETRY_MS)) this.#request(challenge, now);
  }

  onAnswer(request: string, answer: GateAnswer): void {
    const boot = this.#pending.get(request);
    if (boot === undefined) return;
    this.#pending.delete(request);
    if (answer.result === 'refused') this.#refusal = answer.reason;
    if (answer.result !== 'ready') return;
    this.#provenBoot = boot;
    this.#refusal = undefined;
    this.#missingSince = undefined;
    this.#tries = 0;
  }

  reestablish(): void {
    this.#provenBoot = undefined;
    this.#tries = 0;
  }

  renew(): void {
    this.#id = newSession();
    this.#pending.clear();
    this.reestablish();
  }

  #isDue(now: Monotonic, wait: number): boolean {
    return this.#requestedAt === undefined || now - this.#requestedAt >= wait;
  }

  #request({ challenge, boot }: ChallengeMessage, now: Monotonic): void {
    const { bus, topic, place, key } = this.#dependencies;
    this.#requestedAt = now;
    this.#tries += 1;
    const signedFor = { ...place, protocol: 2 } as const;
    const message = signSession({ gate: place.gate, challenge, session: this.#id }, key, signedFor);
    this.#pending.set(messageDigest(message, signedFor), boot);
    void bus.publish(topic, JSON.stringify(message), { qos: 0, expirySeconds: 2 });
  }
}

const newSession = (): string => randomBytes(16).toString('hex');
