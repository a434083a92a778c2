/** The actuator: asks, checks grants, moves the drive, answers, and tells who walked. Knows nothing of faces. */
import { randomBytes } from 'node:crypto';
import { explain, TwinstileError } from '../../base/errors.js';
import type { GateId } from '../../base/ids.js';
import { type Millis, millis } from '../../base/units.js';
import { pause, within } from '../../base/waiting.js';
import type { Direction } from '../../gate/canonical-bytes.js';
import { CHALLENGE_EVERY } from '../../gate/challenges.js';
import { type Check, createGrantCheck } from '../../gate/grant-check.js';
import type { AckMessage, ChallengeMessage, PassageMessage } from '../../gate/messages.js';
import { createPassageBook } from '../../gate/passage.js';
import type { VerifyingKey } from '../../gate/signature.js';
import type { GateTopics } from '../../gate/topics.js';
import type { Bus } from '../../ports/bus.js';
import type { Clock } from '../../ports/clock.js';
import type { Drive } from '../../ports/drive.js';

export type ActuatorEvent =
  | { readonly kind: 'ready' | 'broker-away' }
  | { readonly kind: 'answered'; readonly ack: AckMessage; readonly repeated: boolean }
  | { readonly kind: 'ignored'; readonly reason: 'retained' | 'bad-message' }
  | { readonly kind: 'drive-failed'; readonly detail: string }
  | { readonly kind: 'passage'; readonly passage: PassageMessage };

export interface ActuatorParts {
  readonly bus: Bus;
  readonly topics: GateTopics;
  readonly gate: GateId;
  readonly direction: Direction;
  readonly keys: readonly VerifyingKey[];
  /** Passages are told only when it can see them. */
  readonly drive: Drive;
  readonly clock: Clock;
  readonly onEvent?: (event: ActuatorEvent) => void;
}

/** The lane gives up after twice 500 ms; an answer after that is of no use to anybody. */
const DRIVE_LIMIT: Millis = millis(900);

/** Runs until the signal aborts; then the drive is closed. The bus stays open: it is the caller's. */
export async function runActuator(parts: ActuatorParts, signal: AbortSignal): Promise<void> {
  const { bus, topics, gate, direction, clock, drive } = parts;
  const tell = parts.onEvent ?? (() => {});
  const check = createGrantCheck({ gate, direction, keys: parts.keys });
  const book = createPassageBook(gate, direction);
  let moving: Promise<void> | undefined;

  const answer = (ack: AckMessage, repeated: boolean) => {
    tell({ kind: 'answered', ack, repeated });
    void bus.publish(topics.ack, JSON.stringify(ack), { qos: 1 });
  };
  const sayPassage = (passage: PassageMessage | undefined) => {
    if (passage === undefined) return;
    tell({ kind: 'passage', passage });
    void bus.publish(topics.passage, JSON.stringify(passage), { qos: 1 });
  };
  const carryOut = async ({ grant, pulse }: Extract<Check, { kind: 'open' }>) => {
    try {
      await within(DRIVE_LIMIT, drive.open(pulse, { grant, direction }), driveHangs);
    } catch (error) {
      // A gate that does not move is an answer to its lane, and no reason to stop listening.
      tell({ kind: 'drive-failed', detail: explain(error) });
      return answer(check.settle(grant, 'drive-failed'), false);
    }
    book.opened(grant, pulse, clock.monotonic());
    answer(check.settle(grant, 'opened'), false);
  };

  drive.onWalked?.((way) => {
    if (!signal.aborted) sayPassage(book.walked(way, clock.monotonic()));
  });
  bus.subscribe(topics.grant, ({ payload, retained }) => {
    if (signal.aborted) return;
    if (retained) return tell({ kind: 'ignored', reason: 'retained' });
    const now = clock.monotonic();
    const verdict = check.check(payload, now, moving !== undefined || book.expects(now));
    if (verdict.kind === 'answer') answer(verdict.ack, verdict.repeated);
    else if (verdict.kind === 'ignore') tell({ kind: 'ignored', reason: verdict.reason });
    else if (verdict.kind === 'open')
      moving = carryOut(verdict).finally(() => {
        moving = undefined;
      });
  });
  bus.onConnection((connected) => {
    if (!signal.aborted) tell({ kind: connected ? 'ready' : 'broker-away' });
  });
  if (bus.connected) tell({ kind: 'ready' });

  const boot = randomBytes(8).toString('hex');
  let sequence = 0;
  const ask = () => {
    const challenge = randomBytes(16).toString('hex');
    check.issue(challenge, clock.monotonic());
    const message: ChallengeMessage = { v: 1, gate, boot, sequence, challenge };
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

function driveHangs(): TwinstileError {
  return new TwinstileError({
    code: 'gate-unusable',
    message: `Expected the gate to move within ${DRIVE_LIMIT} ms, got silence.`,
    hint: 'Check the program or the wiring that moves it.',
  });
}
