import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Algorithm } from './signature.js';

interface NewKey {
  /** Stays on the box that grants. */
  readonly secret: Uint8Array;
  /** What the gate checks with; absent for HMAC, where the gate needs the secret itself. */
  readonly forGate?: Uint8Array;
}

/** A fresh key of a lane or of a gate, in the file formats of signature.ts. */
export function newGrantKey(algorithm: Algorithm): NewKey {
  if (algorithm === 'hmac-sha256') return { secret: randomBytes(32) };
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    secret: Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    forGate: Buffer.from(publicKey.export({ type: 'spki', format: 'pem' })),
  };
}
