/** The vectors of docs/PROTOCOL.md: what another program must sign. */
import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { z } from 'zod';
import { commandBytes, OPERATIONS } from '../../../src/gate/operator-command/operator-messages.js';
import { signingKey, verifyingKey } from '../../../src/gate/protocol/signature.js';
import { blocks } from '../protocol/document.js';

const vectors = z
  .array(
    z.strictObject({
      lane: z.string(),
      operation: z.enum(OPERATIONS),
      operator: z.string(),
      transaction: z.string(),
      challenge: z.string(),
      argument: z.string(),
      bytes: z.string(),
      ed25519: z.string(),
    }),
  )
  .parse(JSON.parse(blocks('json command-vectors').join('')));
const { ed25519_secret: secret } = z
  .object({ ed25519_secret: z.string() })
  .parse(JSON.parse(blocks('json test-vectors').join('')));
const privateKey = createPrivateKey({
  key: Buffer.from(`302e020100300506032b657004220420${secret}`, 'hex'),
  format: 'der',
  type: 'pkcs8',
});
const signing = signingKey('k', 'ed25519', Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })));
const verifying = verifyingKey(
  'k',
  'ed25519',
  Buffer.from(createPublicKey(privateKey).export({ type: 'spki', format: 'pem' })),
);

test('the document has a vector with and without an argument', () =>
  assert.deepEqual(new Set(vectors.map(({ argument }) => argument === '')), new Set([true, false])));

for (const { bytes, ed25519, ...request } of vectors)
  test(`the bytes and the signature of '${request.operation}' are those of the document`, () => {
    const own = commandBytes(request);
    assert.equal(Buffer.from(own).toString('hex'), bytes);
    assert.equal(Buffer.from(signing.sign(own)).toString('hex'), ed25519);
    assert.equal(verifying.verify(own, Buffer.from(ed25519, 'hex')), true);
  });

test('no field can run into the next', () => {
  const [first] = vectors;
  assert.ok(first);
  const shifted = { ...first, operator: `${first.operator}t`, transaction: first.transaction.slice(1) };
  assert.notDeepEqual(commandBytes(first), commandBytes(shifted));
});

test('the example of an order carries the signature of the first vector', () => {
  const [example] = blocks('json command').map((text) => JSON.parse(text));
  assert.equal(example.signature, vectors[0]?.ed25519);
});
