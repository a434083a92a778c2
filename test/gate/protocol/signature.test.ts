import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { newGrantKey, signingKey, verifyingKey } from '../../../src/gate/protocol/signature.js';
import { holds } from '../../support/properties.js';
import { keyPair } from './sample.js';

for (const algorithm of ['ed25519', 'hmac-sha256'] as const) {
  const { signing, verifying } = keyPair('k', algorithm);

  test(`${algorithm}: what was signed is good, and with one bit turned it is not`, async (t) => {
    await holds(
      t,
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 80 }),
        fc.nat(),
        fc.boolean(),
        (bytes, where, inText) => {
          const signature = Uint8Array.from(signing.sign(bytes));
          assert.equal(verifying.verify(bytes, signature), true);
          const target = inText ? bytes : signature;
          const index = where % (target.length * 8);
          target[index >> 3] = (target[index >> 3] ?? 0) ^ (1 << (index & 7));
          assert.equal(verifying.verify(bytes, signature), false);
        },
      ),
      { short: 100, long: 5_000 },
    );
  });

  test(`${algorithm}: a signature of any other length is not good, and nothing throws`, () => {
    const signature = signing.sign(Buffer.from('x'));
    for (const length of [0, 1, 31, 32, 33, 63, 64, 65, 200]) {
      if (length === signature.length) continue;
      const other = Buffer.alloc(length);
      other.set(signature.subarray(0, length));
      assert.equal(verifying.verify(Buffer.from('x'), other), false);
    }
  });
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = (text: string | Buffer) => Buffer.from(text);
const { secret = Buffer.alloc(0), forGate = Buffer.alloc(0) } = newGrantKey('ed25519');

for (const [name, make, message] of [
  [
    'a private key at the gate',
    () => verifyingKey('k', 'ed25519', secret),
    'Expected an Ed25519 public key, got a private key.',
  ],
  [
    'a public key at the lane',
    () => signingKey('k', 'ed25519', forGate),
    'Expected an Ed25519 private key in PEM, got something else.',
  ],
  [
    'an RSA key at the gate',
    () => verifyingKey('k', 'ed25519', pem(rsa.publicKey.export({ type: 'spki', format: 'pem' }))),
    'Expected an Ed25519 public key in PEM, got a key of type rsa.',
  ],
  [
    'an RSA key at the lane',
    () => signingKey('k', 'ed25519', pem(rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }))),
    'Expected an Ed25519 private key in PEM, got a key of type rsa.',
  ],
  [
    'an empty file',
    () => verifyingKey('k', 'ed25519', pem('')),
    'Expected an Ed25519 public key in PEM, got something else.',
  ],
  [
    '31 bytes for HMAC',
    () => verifyingKey('k', 'hmac-sha256', Buffer.alloc(31)),
    'Expected an HMAC key of exactly 32 bytes, got 31 bytes.',
  ],
  [
    'hexadecimal text for HMAC',
    () => signingKey('k', 'hmac-sha256', pem('00'.repeat(32))),
    'Expected an HMAC key of exactly 32 bytes, got 64 bytes.',
  ],
] as const)
  test(`${name} is refused, and the key is not quoted`, () =>
    assert.throws(make, { code: 'key-unusable', message }));
