/** A grant as it goes over the wire. */
import { gateId, grantId } from '../base/ids.js';
import { millis } from '../base/units.js';
import { canonicalBytes, type Permission } from './canonical-bytes.js';
import type { GrantMessage } from './messages.js';
import type { SigningKey, VerifyingKey } from './signature.js';

/** Signs a permission. */
export function signGrant(permission: Permission, key: SigningKey): GrantMessage {
  return {
    v: 1,
    id: permission.id,
    gate: permission.gate,
    direction: permission.direction,
    challenge: permission.challenge,
    pulse_ms: permission.pulse,
    key: key.id,
    algorithm: key.algorithm,
    signature: Buffer.from(key.sign(canonicalBytes(permission))).toString('hex'),
  };
}

export function permissionOf(message: GrantMessage): Permission {
  return {
    gate: gateId(message.gate),
    direction: message.direction,
    id: grantId(message.id),
    challenge: message.challenge,
    pulse: millis(message.pulse_ms),
  };
}

export function isSignedBy(message: GrantMessage, key: VerifyingKey): boolean {
  return key.verify(canonicalBytes(permissionOf(message)), Buffer.from(message.signature, 'hex'));
}
