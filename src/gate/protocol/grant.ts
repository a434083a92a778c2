/** A grant and a session request as they go over the wire. */
import { gateId, grantId } from '../../base/ids.js';
import { millis } from '../../base/units.js';
import { requestDigest } from './answer-bytes.js';
import type { GrantMessage, SessionMessage } from './gate-messages.js';
import {
  canonicalBytes,
  type Permission,
  type SessionRequest,
  type SignedFor,
  sessionBytes,
} from './grant-bytes.js';
import type { SigningKey, VerifyingKey } from './signature.js';

/** Signs a permission. */
export function signGrant(permission: Permission, key: SigningKey, place: SignedFor): GrantMessage {
  return {
    v: place.protocol,
    id: permission.id,
    gate: permission.gate,
    direction: permission.direction,
    challenge: permission.challenge,
    pulse_ms: permission.pulse,
    key: key.id,
    algorithm: key.algorithm,
    signature: Buffer.from(key.sign(canonicalBytes(permission, place))).toString('hex'),
  };
}

/** Signs a request for a session. */
export function signSession(request: SessionRequest, key: SigningKey, place: SignedFor): SessionMessage {
  const { gate, challenge, session } = request;
  return {
    v: 2,
    gate,
    challenge,
    session,
    key: key.id,
    algorithm: key.algorithm,
    signature: Buffer.from(key.sign(sessionBytes(request, place))).toString('hex'),
  };
}

function permissionOf(message: GrantMessage): Permission {
  return {
    gate: gateId(message.gate),
    direction: message.direction,
    id: grantId(message.id),
    challenge: message.challenge,
    pulse: millis(message.pulse_ms),
  };
}

const bytesOf = (message: GrantMessage | SessionMessage, place: SignedFor): Uint8Array =>
  'session' in message
    ? sessionBytes({ ...message, gate: gateId(message.gate) }, place)
    : canonicalBytes(permissionOf(message), { ...place, protocol: message.v });

/** Whether the key signed this message for this place. */
export function isSignedBy(
  message: GrantMessage | SessionMessage,
  key: VerifyingKey,
  place: SignedFor,
): boolean {
  return key.verify(bytesOf(message, place), Buffer.from(message.signature, 'hex'));
}

/** What an answer to this message names. */
export const messageDigest = (message: GrantMessage | SessionMessage, place: SignedFor): string =>
  requestDigest(bytesOf(message, place), message);
