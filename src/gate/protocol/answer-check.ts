/**
 * Verifies every message in the gate's name: that it is the gate's, for this lane, about this request, and new.
 *
 * Pure. What is not proven is dropped with a reason, and the lane goes on as if it had not arrived.
 */
import { type GrantId, grantId } from '../../base/ids.js';
import { ackBytes, type GateAnswer, passageBytes } from './answer-bytes.js';
import {
  ackMessage,
  type PassageMessage,
  passageMessage,
  readMessage,
  signedAckMessage,
  signedPassageMessage,
} from './gate-messages.js';
import type { GatePlace } from './grant-bytes.js';
import type { VerifyingKey } from './signature.js';

export type AnswerTrust =
  /** Every answer must be signed with one of these. */
  | { readonly protocol: 2; readonly keys: readonly VerifyingKey[] }
  /** The gate signs nothing: each login that may publish on its topics can answer for it. */
  | { readonly protocol: 1 };

type Dropped =
  | 'bad-message'
  /** Is not about this gate. */
  | 'other-gate'
  /** A message of version 1 where the gate signs. */
  | 'unsigned'
  | 'bad-signature'
  /** Signed by the gate, but for an earlier start of the lane: late or played back. */
  | 'other-session'
  /** A passage that was taken before. */
  | 'repeated';

/** Whether only a forger would send a message that is dropped for this reason. */
export const isForged = (reason: string): boolean => reason === 'unsigned' || reason === 'bad-signature';

export interface ReadAck {
  readonly kind: 'ack';
  /** null: the answer to a session request. */
  readonly grant: GrantId | null;
  readonly answer: GateAnswer;
  /** Digest of what was answered; absent in version 1. */
  readonly request?: string;
}
interface ReadPassage {
  readonly kind: 'passage';
  readonly passage: PassageMessage;
  /** Whether the gate signed it. */
  readonly verified: boolean;
}
interface Drop {
  readonly kind: 'dropped';
  readonly reason: Dropped;
}

export interface AnswerCheck {
  ack(payload: Uint8Array): ReadAck | Drop;
  /** @param session that the lane asked for. */
  passage(payload: Uint8Array, session: string): ReadPassage | Drop;
  /** Whether so many starts of the gate were seen that only a new session can distinguish its passages. */
  readonly isFull: boolean;
}

/** Starts of the gate that are remembered of one session; then the lane asks for a new one. */
const MAX_BOOTS = 64;

const drop = (reason: Dropped): Drop => ({ kind: 'dropped', reason });

export function createAnswerCheck(place: GatePlace, trust: AnswerTrust): AnswerCheck {
  /** Highest sequence taken of each start of the gate. */
  const taken = new Map<string, number>();
  let takenOf = '';
  const isSigned = (bytes: Uint8Array, signature: string): boolean =>
    trust.protocol === 2 && trust.keys.some((key) => key.verify(bytes, Buffer.from(signature, 'hex')));

  const takeOnce = (session: string, boot: string, sequence: number): boolean => {
    if (takenOf !== session) taken.clear();
    takenOf = session;
    const last = taken.get(boot);
    if (last !== undefined && sequence <= last) return false;
    // Forgetting a boot would make its passages good again.
    if (last === undefined && taken.size >= MAX_BOOTS) return false;
    taken.set(boot, sequence);
    return true;
  };

  const ackV1 = (payload: Uint8Array): ReadAck | Drop => {
    const message = readMessage(ackMessage, payload);
    if (message === undefined) return drop('bad-message');
    if (message.gate !== place.gate) return drop('other-gate');
    return { kind: 'ack', grant: grantId(message.grant), answer: answerOf(message) };
  };
  const passageV1 = (payload: Uint8Array): ReadPassage | Drop => {
    const passage = readMessage(passageMessage, payload);
    if (passage === undefined) return drop('bad-message');
    if (passage.gate !== place.gate) return drop('other-gate');
    return { kind: 'passage', passage, verified: false };
  };
  /** What is wrong with a message that is none of version 2. */
  const unread = (old: ReadAck | ReadPassage | Drop): Drop =>
    old.kind === 'dropped' ? old : drop('unsigned');

  return {
    ack(payload) {
      if (trust.protocol === 1) return ackV1(payload);
      const message = readMessage(signedAckMessage, payload);
      if (message === undefined) return unread(ackV1(payload));
      if (message.gate !== place.gate) return drop('other-gate');
      const { grant, request, signature } = message;
      const answer = answerOf(message);
      if (!isSigned(ackBytes(place, { request, grant, answer }), signature)) return drop('bad-signature');
      return { kind: 'ack', grant: grant === null ? null : grantId(grant), answer, request };
    },
    passage(payload, session) {
      if (trust.protocol === 1) return passageV1(payload);
      const message = readMessage(signedPassageMessage, payload);
      if (message === undefined) return unread(passageV1(payload));
      if (message.gate !== place.gate) return drop('other-gate');
      const { signature, boot, sequence, grant, outcome, direction, gate } = message;
      if (!isSigned(passageBytes(place, message), signature)) return drop('bad-signature');
      if (message.session !== session) return drop('other-session');
      if (!takeOnce(session, boot, sequence)) return drop('repeated');
      return { kind: 'passage', passage: { v: 1, gate, grant, outcome, direction }, verified: true };
    },
    get isFull() {
      return taken.size >= MAX_BOOTS;
    },
  };
}

function answerOf(
  message:
    | { readonly result: 'opened' | 'unconfirmed' | 'ready' }
    | { readonly result: 'refused'; readonly reason: string },
): GateAnswer {
  return message.result === 'refused'
    ? { result: 'refused', reason: message.reason }
    : { result: message.result };
}
