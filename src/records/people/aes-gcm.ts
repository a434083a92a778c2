/**
 * Seals bytes with authenticated encryption. A template can be opened only with the master key, and only while the
 * person's data key exists, so that deleting that key erases the template (crypto-erasure).
 *
 * AES-256-GCM (NIST SP 800-38D): nonce (12 bytes, random) | ciphertext | tag (16). What the bytes belong to is bound to
 * them, so that a row moved to another person does not open.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { ModelDigest, PersonId } from '../../base/ids.js';

const NONCE = 12;
const TAG = 16;

export const newDataKey = (): Buffer => randomBytes(32);

/** @param owner what the bytes belong to. */
export function seal(key: Uint8Array, plain: Uint8Array, owner: string): Buffer {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(owner));
  const body = cipher.update(plain);
  cipher.final();
  return Buffer.concat([nonce, body, cipher.getAuthTag()]);
}

/** @returns undefined when the key is another one, the bytes were changed, or they belong to something else. */
export function unseal(key: Uint8Array, sealed: Uint8Array, owner: string): Buffer | undefined {
  if (sealed.length < NONCE + TAG) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(Buffer.from(owner)).setAuthTag(sealed.subarray(sealed.length - TAG));
  const plain = decipher.update(sealed.subarray(NONCE, sealed.length - TAG));
  try {
    decipher.final();
    return plain;
  } catch {
    // The only failure of `final` in this mode is a tag that does not fit.
    return undefined;
  }
}

/** JSON keeps two different lists of fields from becoming the same text. */
export const ownerOfKey = (person: PersonId): string => JSON.stringify(['twinstile data key 1', person]);
export const ownerOfTemplate = (person: PersonId, digest: ModelDigest, source: string): string =>
  JSON.stringify(['twinstile template 1', person, digest, source]);
export const ownerOfCrop = (person: PersonId, source: string): string =>
  JSON.stringify(['twinstile crop 1', person, source]);
export const KEY_CHECK = 'twinstile gallery key 1';

/** float32 little-endian, as every supported machine keeps it. The bytes are shared, not copied. */
export const bytesOf = (vector: Float32Array): Uint8Array =>
  new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);

/** A copy: the bytes may be unaligned. */
export function vectorOf(bytes: Uint8Array): Float32Array {
  const vector = new Float32Array(Math.floor(bytes.length / 4));
  bytesOf(vector).set(bytes.subarray(0, vector.byteLength));
  return vector;
}
