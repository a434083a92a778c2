import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { z } from 'zod';
import { grantId } from '../../../src/base/ids.js';
import { millis } from '../../../src/base/units.js';
import {
  ackBytes,
  type GateAnswer,
  passageBytes,
  requestDigest,
} from '../../../src/gate/protocol/answer-bytes.js';
import { canonicalBytes, type GateProtocol, sessionBytes } from '../../../src/gate/protocol/grant-bytes.js';
import { signingKey, verifyingKey } from '../../../src/gate/protocol/signature.js';
import { blocks } from './document.js';
import { placeOf } from './gate-keys.js';

const direction = z.enum(['in', 'out']);
const signed = { bytes: z.string(), ed25519: z.string(), hmac_sha256: z.string() };
const where = { site: z.string(), lane: z.string(), gate: z.string() };
const grant = { direction, id: z.string(), challenge: z.string(), pulse_ms: z.int(), ...signed };
const vectorSchema = z.strictObject({
  ed25519_secret: z.string(),
  ed25519_public: z.string(),
  hmac_key: z.string(),
  grants: z.array(z.strictObject({ ...where, ...grant, request_ed25519: z.string() })).min(3),
  sessions: z
    .array(z.strictObject({ ...where, challenge: z.string(), session: z.string(), ...signed }))
    .min(1),
  acks: z
    .array(
      z.strictObject({
        ...where,
        request: z.string(),
        grant: z.string().nullable(),
        result: z.enum(['opened', 'refused', 'unconfirmed', 'ready']),
        reason: z.string(),
        ...signed,
      }),
    )
    .min(3),
  passages: z
    .array(
      z.strictObject({
        ...where,
        session: z.string(),
        boot: z.string(),
        sequence: z.int(),
        grant: z.string().nullable(),
        outcome: z.enum(['passed', 'timeout', 'forced-open', 'held-open', 'tailgated']),
        direction,
        ...signed,
      }),
    )
    .min(2),
});
const first = z.strictObject({ grants: z.array(z.strictObject({ gate: z.string(), ...grant })).min(3) });
const vectors = vectorSchema.parse(JSON.parse(blocks('json test-vectors').join('')));
const vectorsOfOne = first.parse(JSON.parse(blocks('json test-vectors-v1').join('')));
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

interface Signed {
  readonly bytes: string;
  readonly ed25519: string;
  readonly hmac_sha256: string;
}

function check(name: string, vector: Signed, bytes: Uint8Array): void {
  test(`the bytes of ${name} are those of the document`, () =>
    assert.equal(Buffer.from(bytes).toString('hex'), vector.bytes));

  for (const [algorithm, secret, forGate, expected] of [
    ['ed25519', Buffer.from(secretPem), Buffer.from(publicPem), vector.ed25519],
    ['hmac-sha256', hmac, hmac, vector.hmac_sha256],
  ] as const)
    test(`the ${algorithm} signature of ${name} is that of the document`, () => {
      const signature = signingKey('k', algorithm, secret).sign(bytesOf(vector.bytes));
      assert.equal(Buffer.from(signature).toString('hex'), expected);
      assert.ok(verifyingKey('k', algorithm, forGate).verify(bytesOf(vector.bytes), bytesOf(expected)));
    });
}

const bytesOfGrant = (
  vector: Omit<z.infer<typeof first>['grants'][number], keyof Signed>,
  { site, lane }: { readonly site: string; readonly lane: string },
  protocol: GateProtocol,
): Uint8Array => {
  const { gate } = placeOf(site, lane, vector.gate);
  const id = grantId(vector.id);
  const pulse = millis(vector.pulse_ms);
  return canonicalBytes({ ...vector, gate, id, pulse }, { ...placeOf(site, lane, gate), protocol });
};

for (const vector of vectors.grants) {
  const bytes = bytesOfGrant(vector, vector, 2);
  check(`grant ${vector.id} of version 2`, vector, bytes);

  test(`the request digest of grant ${vector.id} is that of the document`, () => {
    const parts = { key: 'head-office-1', algorithm: 'ed25519', signature: vector.ed25519 };
    assert.equal(requestDigest(bytes, parts), vector.request_ed25519);
  });
}
for (const vector of vectorsOfOne.grants)
  check(`grant ${vector.id} of version 1`, vector, bytesOfGrant(vector, { site: 'any', lane: 'any' }, 1));
for (const vector of vectors.sessions) {
  const place = placeOf(vector.site, vector.lane, vector.gate);
  check('the session request', vector, sessionBytes({ ...vector, gate: place.gate }, place));
}
for (const [
  index,
  { site, lane, gate, request, grant: id, result, reason, ...vector },
] of vectors.acks.entries()) {
  const answer: GateAnswer = result === 'refused' ? { result, reason } : { result };
  check(`ack ${index}`, vector, ackBytes(placeOf(site, lane, gate), { request, grant: id, answer }));
}
for (const [index, vector] of vectors.passages.entries()) {
  const { site, lane, gate } = vector;
  check(`passage ${index}`, vector, passageBytes(placeOf(site, lane, gate), vector));
}
