/** A gate, its lane's key and the grants between them. */
import { gateId, grantId } from '../../../src/base/ids.js';
import { millis, monotonic } from '../../../src/base/units.js';
import type { GrantMessage } from '../../../src/gate/protocol/gate-messages.js';
import { signGrant } from '../../../src/gate/protocol/grant.js';
import type { Permission, SignedFor } from '../../../src/gate/protocol/grant-bytes.js';
import {
  type Algorithm,
  newGrantKey,
  signingKey,
  verifyingKey,
} from '../../../src/gate/protocol/signature.js';
import { placeOf } from './gate-keys.js';

/** A fresh pair: what the lane signs with and what the gate checks with. */
export function keyPair(id = 'k-1', algorithm: Algorithm = 'ed25519') {
  const { secret, forGate } = newGrantKey(algorithm);
  return {
    signing: signingKey(id, algorithm, secret),
    verifying: verifyingKey(id, algorithm, forGate ?? secret),
  };
}

/** Where the gate of the samples stands. */
export const place = placeOf('s', 'l', 'north-1');
export const signedFor: SignedFor = { ...place, protocol: 2 };

export const at = monotonic;
/** The nth challenge: 16 bytes that are all the same. */
export const challengeOf = (n: number): string => n.toString(16).padStart(2, '0').repeat(16);

export const permission = (change: Partial<Permission> = {}): Permission => ({
  gate: gateId('north-1'),
  direction: 'in',
  id: grantId('g-1'),
  challenge: challengeOf(1),
  pulse: millis(1000),
  ...change,
});

/** @param change made after signing, as a forger would. */
export function grantBytes(
  key: Parameters<typeof signGrant>[1],
  signed: Partial<Permission> = {},
  change: Partial<GrantMessage> = {},
  where: SignedFor = signedFor,
): Uint8Array {
  return Buffer.from(JSON.stringify({ ...signGrant(permission(signed), key, where), ...change }));
}
