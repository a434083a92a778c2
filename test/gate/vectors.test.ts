import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { z } from 'zod';
import { gateId, grantId } from '../../src/base/ids.js';
import { millis } from '../../src/base/units.js';
import { canonicalBytes } from '../../src/gate/canonical-bytes.js';
import { signingKey, verifyingKey } from '../../src/gate/signature.js';
import { blocks } from './document.js';

const vectorSchema = z.strictObject({
  ed25519_secret: z.string(),
  ed25519_public: z.string(),
  hmac_key: z.string(),
  grants: z.array(
    z.strictObject({
      gate: z.string(),
      direction: z.enum(['in', 'out']),
      id: z.string(),
      challenge: z.string(),
      pulse_ms: z.int(),
      bytes: z.string(),
      ed25519: z.string(),
      hmac_sha256: z.string(),
    }),
  ),
});
const vectors = vectorSchema.parse(JSON.parse(blocks('json test-vectors').join('')));
const bytesOf = (hex: string): Buffer => Buffer.from(hex, 'hex');

/** RFC 8410: what stands before the 32 bytes of an Ed25519 key in DER. */
const PKCS8 = '302e020100300506032b657004220420';
const SPKI = '302a300506032b6570032100';
const secretPem = createPrivateKey({
  key: bytesOf(PKCS8 + vectors.ed25519_secret),
  format: 'der',
  type: 'pkcs8',
}).export({ type: 'pkcs8', format: 'pem' });
const publicPem = createPublicKey({
  key: bytesOf(SPKI + vectors.ed25519_public),
  format: 'der',
  type: 'spki',
}).export({ type: 'spki', format: 'pem' });
const hmac = bytesOf(vectors.hmac_key);

test('the document has at least three vectors', () => assert.ok(vectors.grants.length >= 3));

for (const vector of vectors.grants) {
  const permission = {
    gate: gateId(vector.gate),
    direction: vector.direction,
    id: grantId(vector.id),
    challenge: vector.challenge,
    pulse: millis(vector.pulse_ms),
  };

  test(`the bytes of grant ${vector.id} are those of the document`, () =>
    assert.equal(Buffer.from(canonicalBytes(permission)).toString('hex'), vector.bytes));

  for (const [algorithm, secret, forGate, expected] of [
    ['ed25519', Buffer.from(secretPem), Buffer.from(publicPem), vector.ed25519],
    ['hmac-sha256', hmac, hmac, vector.hmac_sha256],
  ] as const)
    test(`the ${algorithm} signature of grant ${vector.id} is that of the document`, () => {
      const signature = signingKey('k', algorithm, secret).sign(bytesOf(vector.bytes));
      assert.equal(Buffer.from(signature).toString('hex'), expected);
      assert.ok(verifyingKey('k', algorithm, forGate).verify(bytesOf(vector.bytes), bytesOf(expected)));
    });
}
