/** The actuator: asks, checks grants, moves the drive, answers, and tells who walked. Knows nothing of faces. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import { pause } from '../base/delay.js';
import { explain } from '../base/errors.js';
import { type Millis, millis } from '../base/units.js';
import type { Bus } from '../platform/mqtt/message-bus.js';
import type { Drive } from './drives/drive.js';
import type { GateAnswer } from './protocol/answer.js';
import { createAnswerWriter, type GateSigner } from './protocol/answer-writer.js';
import { CHALLENGE_EVERY } from './protocol/gate-challenges.js';
import type { ChallengeMessage, PassageMessage } from './protocol/gate-messages.js';
import type { Direction } from './protocol/grant-bytes.js';
import { type Asked, type Check, createGrantCheck } from './protocol/grant-check.js';
import type { GatePlace } from './protocol/grant-place.js';
import { createPassageBook } from './protocol/passage.js';
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

export interface ActuatorDependencies {
  readonly bus: Bus;
  readonly topics: GateTopics;
  readonly place: GatePlace;
  readonly direction: Direction;
  readonly keys: readonly VerifyingKey[];
  /** How answers and passages are signed, and of which version the grants must be. */
  readonly signer: GateSigner;
  /** Passages are told only when it can see them. */
  readonly drive: Drive;
  readonly clock: Clock;
  readonly onEvent?: (event: ActuatorEvent) => void;
}

/** The lane waits 2.1 s (ACK_LIMIT of its gate client); by then it must have heard that the drive has not said how it went. */
const DRIVE_LIMIT = millis(1500);

/** Runs until the signal aborts; then the drive is closed. The bus stays open: it is the caller's. */
export async function runActuator(dependencies: ActuatorDependencies, signal: AbortSignal): Promise<void> {
  const { bus, topics, place, direction, clock, drive } = dependencies;
  const tell = dependencies.onEvent ?? (() => {});
  const boot = randomBytes(8).toString('hex');
  const check = createGrantCheck({
    ...place,
    direction,
    keys: dependencies.keys,
    protocol: dependencies.signer.protocol,
  });
  const writer = createAnswerWriter(place, dependencies.signer, boot);
  const book = createPassageBook(place.gate, direction);
  let moving: Promise<void> | undefined;

  const answer = (asked: Asked, said: GateAnswer, repeated = false) => {
    tell({ kind: 'answered', grant: asked.grant, answer: said, repeated });
    const text = writer.ack(asked, said);
    if (text !== undefined) void bus.publish(topics.ack, text, { qos: 1 });
  };
  const sayPassage = (passage: PassageMessage | undefined) => {
    if (passage === undefined) return;
    tell({ kind: 'passage', passage });
    void bus.publish(topics.passage, writer.passage(passage), { qos: 1 });
  };
  const move = async ({ grant, pulse }: Extract<Check, { kind: 'open' }>): Promise<GateAnswer> => {
    try {
      await drive.open(pulse, { grant, direction });
      return { result: 'opened' };
    } catch (error) {
      // A gate that does not move is an answer to its lane, and no reason to stop listening.
      tell({ kind: 'drive-failed', detail: explain(error) });
      return { result: 'refused', reason: 'drive-failed' };
    }
  };
  const carryOut = async (order: Extract<Check, { kind: 'open' }>) => {
    const { grant, pulse, asked } = order;
    const ended = move(order);
    const settle = (said: GateAnswer) => {
      check.settle(grant, said);
      if (said.result !== 'refused') book.opened(grant, pulse, clock.monotonic());
      answer(asked, said);
    };
    const early = await answeredWithin(DRIVE_LIMIT, ended);
    settle(early);
    if (early.result !== 'unconfirmed') return;
    tell({ kind: 'drive-silent', grant });
    // The truth follows when there is one; the next grant need not wait for it.
    void ended.then((said) => {
      check.settle(grant, said);
      answer(asked, said);
    });
  };

  drive.onWalked?.((way) => {
    if (!signal.aborted) sayPassage(book.walked(way, clock.monotonic()));
  });
  bus.subscribe(topics.grant, ({ payload, retained }) => {
    if (signal.aborted) return;
    if (retained) return tell({ kind: 'ignored', reason: 'retained' });
    const now = clock.monotonic();
    const verdict = check.check(payload, now, moving !== undefined || book.expects(now));
    if (verdict.kind === 'answer') answer(verdict.asked, verdict.answer, verdict.repeated);
    else if (verdict.kind === 'ignore') tell({ kind: 'ignored', reason: verdict.reason });
    else if (verdict.kind === 'session') {
      writer.useSession(verdict.session, verdict.asked.key);
      answer(verdict.asked, { result: 'ready' });
    } else if (verdict.kind === 'open')
      moving = carryOut(verdict).finally(() => {
        moving = undefined;
      });
  });
  bus.onConnection((connected) => {
    if (!signal.aborted) tell({ kind: connected ? 'ready' : 'broker-disconnected' });
  });
  if (bus.connected) tell({ kind: 'ready' });

  let sequence = 0;
  const ask = () => {
    const challenge = randomBytes(16).toString('hex');
    check.issue(challenge, clock.monotonic());
    const message: ChallengeMessage = { v: 1, gate: place.gate, boot, sequence, challenge };
    sequence += 1;
    void bus.publish(topics.challenge, JSON.stringify(message), { qos: 0, expirySeconds: 2 });
  };
  try {
    while (!signal.aborted) {
      if (bus.connected) ask();
      if (drive.onWalked !== undefined) sayPassage(book.tick(clock.monotonic()));
      await pause(CHALLENGE_EVERY, signal);
    }
  } finally {
    // Whoever was let in gets the answer before the gate lets go.
    await moving;
    await drive.close();
  }
}

/** What the drive said by the limit. */
async function answeredWithin(limit: Millis, ended: Promise<GateAnswer>): Promise<GateAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const silent = new Promise<GateAnswer>((resolve) => {
    timer = setTimeout(() => resolve({ result: 'unconfirmed' }), limit);
  });
  try {
    return await Promise.race([ended, silent]);
  } finally {
    clearTimeout(timer);
  }
}
