/**
 * Runs the actuator of a gate: issues challenges, checks grants, moves the drive, acknowledges, and publishes passages.
 *
 * Does not depend on anything about faces.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import { pause } from '../base/delay.js';
import { explain } from '../base/errors.js';
import { type Millis, millis } from '../base/units.js';
import type { Bus, BusMessage } from '../platform/mqtt/message-bus.js';
import type { Drive } from './drives/drive.js';
import type { GateAnswer } from './protocol/answer-bytes.js';
import { type AnswerWriter, createAnswerWriter, type GateSigner } from './protocol/answer-writer.js';
import { CHALLENGE_EVERY } from './protocol/gate-challenges.js';
import type { ChallengeMessage, PassageMessage } from './protocol/gate-messages.js';
import type { Direction, GatePlace } from './protocol/grant-bytes.js';
import {
  type AnsweredRequest,
  createGrantCheck,
  type GrantCheck,
  type GrantVerdict,
} from './protocol/grant-check.js';
import { createPassageBook, type PassageBook } from './protocol/passage.js';
import type { VerifyingKey } from './protocol/signature.js';
import type { GateTopics } from './protocol/topics.js';

export type ActuatorEvent =
  | { readonly kind: 'ready' | 'broker-disconnected' }
  | {
      readonly kind: 'answered';
      /** null: a session request. */
      readonly grant: string | null;
      readonly answer: GateAnswer;
      readonly repeated: boolean;
    }
  | { readonly kind: 'ignored'; readonly reason: 'retained' | 'bad-message' | 'other-version' }
  | { readonly kind: 'drive-failed'; readonly detail: string }
  | { readonly kind: 'drive-silent'; readonly grant: string }
  | { readonly kind: 'passage'; readonly passage: PassageMessage };

interface ActuatorDependencies {
  readonly bus: Bus;
  readonly topics: GateTopics;
  readonly place: GatePlace;
  readonly direction: Direction;
  readonly keys: readonly VerifyingKey[];
  /** How answers and passages are signed, and of which version the grants must be. */
  readonly signer: GateSigner;
  /** Passages are published only when it can detect them. */
  readonly drive: Drive;
  readonly clock: Clock;
  readonly onEvent?: (event: ActuatorEvent) => void;
}

/** The lane waits 2.1 s (ACK_LIMIT of its gate client) for an answer, and must get one also from a drive that is still silent. */
const DRIVE_LIMIT = millis(1500);

/** Runs until the signal aborts; then the drive is closed. The bus stays open: it is the caller's. */
export async function runActuator(dependencies: ActuatorDependencies, signal: AbortSignal): Promise<void> {
  await new Actuator(dependencies, signal).run();
}

type Opening = Extract<GrantVerdict, { kind: 'open' }>;

class Actuator {
  readonly #dependencies: ActuatorDependencies;
  readonly #signal: AbortSignal;
  readonly #onEvent: (event: ActuatorEvent) => void;
  /** New at each start, so that a lane recognises a restarted gate. */
  readonly #boot = randomBytes(8).toString('hex');
  readonly #check: GrantCheck;
  readonly #writer: AnswerWriter;
  readonly #passages: PassageBook;
  /** The opening that is being carried out. */
  #moving: Promise<void> | undefined;
  #sequence = 0;

  constructor(dependencies: ActuatorDependencies, signal: AbortSignal) {
    const { place, direction, keys, signer, onEvent = () => {} } = dependencies;
    this.#dependencies = dependencies;
    this.#signal = signal;
    this.#onEvent = onEvent;
    this.#check = createGrantCheck({ ...place, direction, keys, protocol: signer.protocol });
    this.#writer = createAnswerWriter(place, signer, this.#boot);
    this.#passages = createPassageBook(place.gate, direction);
  }

  async run(): Promise<void> {
    const { bus, drive, clock } = this.#dependencies;
    this.#subscribe();
    try {
      while (!this.#signal.aborted) {
        if (bus.connected) this.#issueChallenge();
        if (drive.onWalked !== undefined) this.#publishPassage(this.#passages.tick(clock.monotonic()));
        await pause(CHALLENGE_EVERY, this.#signal);
      }
    } finally {
      // A person who was let in gets the answer before the drive is closed.
      await this.#moving;
      await drive.close();
    }
  }

  #subscribe(): void {
    const { bus, topics, drive, clock } = this.#dependencies;
    drive.onWalked?.((direction) => {
      if (!this.#signal.aborted) this.#publishPassage(this.#passages.walked(direction, clock.monotonic()));
    });
    bus.subscribe(topics.grant, (message) => this.#receiveGrant(message));
    bus.onConnection((connected) => {
      if (!this.#signal.aborted) this.#onEvent({ kind: connected ? 'ready' : 'broker-disconnected' });
    });
    if (bus.connected) this.#onEvent({ kind: 'ready' });
  }

  #issueChallenge(): void {
    const { bus, topics, place, clock } = this.#dependencies;
    const challenge = randomBytes(16).toString('hex');
    this.#check.issue(challenge, clock.monotonic());
    const message: ChallengeMessage = {
      v: 1,
      gate: place.gate,
      boot: this.#boot,
      sequence: this.#sequence,
      challenge,
    };
    this.#sequence += 1;
    void bus.publish(topics.challenge, JSON.stringify(message), { qos: 0, expirySeconds: 2 });
  }

  #receiveGrant({ payload, retained }: BusMessage): void {
    if (this.#signal.aborted) return;
    if (retained) this.#onEvent({ kind: 'ignored', reason: 'retained' });
    else this.#handle(this.#checked(payload));
  }

  #checked(payload: Uint8Array): GrantVerdict {
    const now = this.#dependencies.clock.monotonic();
    return this.#check.check(payload, now, this.#moving !== undefined || this.#passages.expects(now));
  }

  #handle(verdict: GrantVerdict): void {
    switch (verdict.kind) {
      case 'answer':
        this.#answer(verdict.request, verdict.answer, verdict.repeated);
        break;
      case 'ignore':
        this.#onEvent({ kind: 'ignored', reason: verdict.reason });
        break;
      case 'session':
        this.#writer.useSession(verdict.session, verdict.request.key);
        this.#answer(verdict.request, { result: 'ready' });
        break;
      case 'open':
        this.#moving = this.#carryOut(verdict).finally(() => {
          this.#moving = undefined;
        });
        break;
      case 'under-way':
        break;
    }
  }

  async #carryOut(opening: Opening): Promise<void> {
    const { grant, pulse, request } = opening;
    const moved = this.#moveDrive(opening);
    const answer = await answerWithin(DRIVE_LIMIT, moved);
    this.#check.settle(grant, answer);
    if (answer.result !== 'refused')
      this.#passages.opened(grant, pulse, this.#dependencies.clock.monotonic());
    this.#answer(request, answer);
    if (answer.result !== 'unconfirmed') return;
    this.#onEvent({ kind: 'drive-silent', grant });
    // The final answer follows when there is one; the next grant need not wait for it.
    void moved.then((final) => {
      this.#check.settle(grant, final);
      this.#answer(request, final);
    });
  }

  async #moveDrive({ grant, pulse }: Opening): Promise<GateAnswer> {
    const { drive, direction } = this.#dependencies;
    try {
      await drive.open(pulse, { grant, direction });
      return { result: 'opened' };
    } catch (error) {
      // A gate that does not move is an answer to its lane, and no reason to stop.
      this.#onEvent({ kind: 'drive-failed', detail: explain(error) });
      return { result: 'refused', reason: 'drive-failed' };
    }
  }

  #answer(request: AnsweredRequest, answer: GateAnswer, repeated = false): void {
    const { bus, topics } = this.#dependencies;
    this.#onEvent({ kind: 'answered', grant: request.grant, answer, repeated });
    const message = this.#writer.ack(request, answer);
    if (message !== undefined) void bus.publish(topics.ack, message, { qos: 1 });
  }

  #publishPassage(passage: PassageMessage | undefined): void {
    if (passage === undefined) return;
    const { bus, topics } = this.#dependencies;
    this.#onEvent({ kind: 'passage', passage });
    void bus.publish(topics.passage, this.#writer.passage(passage), { qos: 1 });
  }
}

/** The answer of the drive, or 'unconfirmed' when there is none by the limit. */
async function answerWithin(limit: Millis, moved: Promise<GateAnswer>): Promise<GateAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const silent = new Promise<GateAnswer>((resolve) => {
    timer = setTimeout(() => resolve({ result: 'unconfirmed' }), limit);
  });
  try {
    return await Promise.race([moved, silent]);
  } finally {
    clearTimeout(timer);
  }
}
