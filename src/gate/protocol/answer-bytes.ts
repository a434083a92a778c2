/**
 * Declares a gate's answer, and builds the bytes that the gate signs: its answers and its passages, each under a label of its own, so that with a shared HMAC key
 * nothing that the lane signed can be played back to it as an answer. Test vectors are in docs/PROTOCOL.md.
 */
import { createHash } from 'node:crypto';
import type { PassageOutcome } from './gate-messages.js';
import { type Direction, type GatePlace, joinFields, uint32 } from './grant-bytes.js';

/** A gate's answer to a request. */
export type GateAnswer =
  /** The drive confirmed that the gate moved. */
  | { readonly result: 'opened' }
  /** Nothing was released. */
  | { readonly result: 'refused'; readonly reason: string }
  /** The drive was started and has not reported within its limit how it went: it may or may not have opened. May be followed by one of the above. */
  | { readonly result: 'unconfirmed' }
  /** The session that the lane asked for is in use. */
  | { readonly result: 'ready' };

const sameAnswer = (one: GateAnswer, other: GateAnswer): boolean =>
  one.result === other.result &&
  (one.result !== 'refused' || other.result !== 'refused' || one.reason === other.reason);

/** Whether `next` may truthfully follow `before` for the same grant: only where it was still open how that ended. */
export const mayFollow = (before: GateAnswer, next: GateAnswer): boolean =>
  sameAnswer(before, next) ||
  before.result === 'unconfirmed' ||
  // Delivered twice and late.
  next.result === 'unconfirmed';

/** How a request was signed, by the fields of its message. */
interface RequestSignature {
  readonly key: string;
  readonly algorithm: string;
  /** Hexadecimal. */
  readonly signature: string;
}

/**
 * Identifies one request, whatever its JSON looks like: SHA-256 over its canonical bytes followed by the fields
 * key | algorithm | signature (raw bytes). An answer names it, so that an answer to a forged copy of a grant is none to the
 * grant itself.
 * @returns 32 bytes, hexadecimal.
 */
export function requestDigest(
  canonical: Uint8Array,
  { key, algorithm, signature }: RequestSignature,
): string {
  return createHash('sha256')
    .update(canonical)
    .update(joinFields([key, algorithm, Buffer.from(signature, 'hex')]))
    .digest('hex');
}

/**
 * Fields: "twinstile-ack-v2" | site | lane | gate | request (32 raw bytes) | grant id (empty for a session) | result | reason
 * (empty without one).
 */
export function ackBytes(
  { site, lane, gate }: GatePlace,
  {
    request,
    grant,
    answer,
  }: { readonly request: string; readonly grant: string | null; readonly answer: GateAnswer },
): Uint8Array {
  const reason = answer.result === 'refused' ? answer.reason : '';
  return joinFields([
    'twinstile-ack-v2',
    site,
    lane,
    gate,
    Buffer.from(request, 'hex'),
    grant ?? '',
    answer.result,
    reason,
  ]);
}

/** A passage and the place in time that it has: the lane takes each sequence of a boot once, and only of its own session. */
interface SignedPassage {
  /** 16 bytes, hexadecimal: the session that the lane asked for. */
  readonly session: string;
  /** 8 bytes, hexadecimal: new at each start of the gate. */
  readonly boot: string;
  /** 0 and up, one more for each passage since the start of the gate. */
  readonly sequence: number;
  /** null when no grant was given. */
  readonly grant: string | null;
  readonly outcome: PassageOutcome;
  readonly direction: Direction;
}

/**
 * Fields: "twinstile-passage-v2" | site | lane | gate | session (16 raw bytes) | boot (8 raw bytes) | sequence (4 bytes, big-endian)
 * | grant id (empty for null) | outcome | direction.
 */
export function passageBytes(
  { site, lane, gate }: GatePlace,
  { session, boot, sequence, grant, outcome, direction }: SignedPassage,
): Uint8Array {
  return joinFields([
    'twinstile-passage-v2',
    site,
    lane,
    gate,
    Buffer.from(session, 'hex'),
    Buffer.from(boot, 'hex'),
    uint32(sequence),
    grant ?? '',
    outcome,
    direction,
  ]);
}
