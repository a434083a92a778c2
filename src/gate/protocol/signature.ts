/** Loads the keys that sign grants and answers, and those that verify them; makes new ones. */
import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { TwinstileError } from '../../base/errors.js';

export type Algorithm = 'ed25519' | 'hmac-sha256';

export interface SigningKey {
  /** By which the gate selects the key to verify with. */
  readonly id: string;
  readonly algorithm: Algorithm;
  /** Distinguishes keys without revealing a secret; the same for both halves of a pair. */
  readonly fingerprint: string;
  /** @returns 64 bytes for Ed25519 (RFC 8032), 32 for HMAC-SHA256 (RFC 2104). */
  sign(bytes: Uint8Array): Uint8Array;
}

export interface VerifyingKey {
  readonly id: string;
  readonly algorithm: Algorithm;
  /** As of the key that signs. */
  readonly fingerprint: string;
  /** Never throws: a signature of the wrong length is simply not good. Takes the same time wherever the bytes differ. */
  verify(bytes: Uint8Array, signature: Uint8Array): boolean;
}

/**
 * @param content Ed25519: private key, PEM (PKCS #8). HMAC-SHA256: exactly 32 bytes.
 * @throws TwinstileError 'key-unusable'.
 */
export function signingKey(id: string, algorithm: Algorithm, content: Uint8Array): SigningKey {
  if (algorithm === 'hmac-sha256') {
    const secret = secretOf(content);
    return { id, algorithm, fingerprint: fingerprintOf(secret), sign: (bytes) => mac(secret, bytes) };
  }
  const key = ed25519Of('private', () => createPrivateKey(Buffer.from(content)));
  return { id, algorithm, fingerprint: fingerprintOf(key), sign: (bytes) => sign(null, bytes, key) };
}

/**
 * @param content Ed25519: public key, PEM (SPKI). HMAC-SHA256: the same 32 bytes that sign.
 * @throws TwinstileError 'key-unusable'; a private key is refused, because a gate has no business with one.
 */
export function verifyingKey(id: string, algorithm: Algorithm, content: Uint8Array): VerifyingKey {
  if (algorithm === 'hmac-sha256') {
    const secret = secretOf(content);
    return {
      id,
      algorithm,
      fingerprint: fingerprintOf(secret),
      verify: (bytes, given) => sameBytes(mac(secret, bytes), given),
    };
  }
  if (Buffer.from(content).includes('PRIVATE KEY'))
    throw unusable('an Ed25519 public key', 'a private key', 'Give the gate the .pub file and keep the key.');
  const key = ed25519Of('public', () => createPublicKey(Buffer.from(content)));
  return {
    id,
    algorithm,
    fingerprint: fingerprintOf(key),
    verify: (bytes, given) => given.length === 64 && verify(null, bytes, key, given),
  };
}

function mac(secret: Uint8Array, bytes: Uint8Array): Uint8Array {
  return createHmac('sha256', secret).update(bytes).digest();
}

/** Of a public key its SHA-256 (SPKI, DER); of 32 random bytes an HMAC under themselves. Hexadecimal. */
export function fingerprintOf(key: KeyObject | Uint8Array): string {
  if (key instanceof Uint8Array)
    return createHmac('sha256', key).update('twinstile key fingerprint 1').digest('hex');
  const pub = key.type === 'private' ? createPublicKey(key) : key;
  return createHash('sha256')
    .update(pub.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

function sameBytes(right: Uint8Array, given: Uint8Array): boolean {
  return given.length === right.length && timingSafeEqual(right, given);
}

function secretOf(content: Uint8Array): Uint8Array {
  if (content.length === 32) return Uint8Array.from(content);
  throw unusable('an HMAC key of exactly 32 bytes', `${content.length} bytes`);
}

function ed25519Of(half: 'private' | 'public', read: () => KeyObject): KeyObject {
  const expected = `an Ed25519 ${half} key in PEM`;
  let key: KeyObject;
  try {
    key = read();
  } catch {
    // OpenSSL's reason may quote the file; a key file is never quoted.
    throw unusable(expected, 'something else');
  }
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw unusable(expected, `a key of type ${key.asymmetricKeyType ?? 'unknown'}`);
}

function unusable(expected: string, got: string, hint?: string): TwinstileError {
  return new TwinstileError({
    code: 'key-unusable',
    message: `Expected ${expected}, got ${got}.`,
    hint: hint ?? 'Make a new one with: twinstile keys new grant --out DIR',
  });
}

interface NewKey {
  /** Stays on the box that grants. */
  readonly secret: Uint8Array;
  /** What the gate checks with; absent for HMAC, where the gate needs the secret itself. */
  readonly forGate?: Uint8Array;
}

/** A fresh key of a lane or of a gate, in the file formats above. */
export function newGrantKey(algorithm: Algorithm): NewKey {
  if (algorithm === 'hmac-sha256') return { secret: randomBytes(32) };
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    secret: Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    forGate: Buffer.from(publicKey.export({ type: 'spki', format: 'pem' })),
  };
}
