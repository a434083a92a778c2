import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { Decrypter } from 'age-encryption';
import { TwinstileError } from '../../../src/base/errors.js';
import { encryptTo, newIdentity, openerOf, recipientOf } from '../../../src/fleet/repository/age.js';

const refused = (error: unknown): boolean =>
  error instanceof TwinstileError &&
  error.code === 'fleet-refused' &&
  /its key does not open/.test(error.message);

for (const size of [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000])
  test(`opens ${size} bytes that age’s own library encrypted, as it opens them itself`, async () => {
    const identity = await newIdentity();
    const others = await Promise.all(
      [newIdentity(), newIdentity()].map(async (one) => recipientOf(await one)),
    );
    const plain = randomBytes(size);
    const sealed = await encryptTo([...others, await recipientOf(identity)], plain);
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    assert.deepEqual(Buffer.from(await openerOf(identity).open(sealed)), plain);
    assert.deepEqual(Buffer.from(await decrypter.decrypt(sealed)), plain);
  });

test('no byte of a file can be changed, taken away or added', async () => {
  const identity = await newIdentity();
  const opener = openerOf(identity);
  const sealed = Buffer.from(await encryptTo([await recipientOf(identity)], Buffer.from('templates')));
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    await assert.rejects(opener.open(changed), refused, `byte ${at}`);
    await assert.rejects(opener.open(sealed.subarray(0, at)), refused, `cut at ${at}`);
  }
  await assert.rejects(opener.open(Buffer.concat([sealed, Buffer.of(0)])), refused);
});

test('chunks cannot be cut off, doubled or swapped', async () => {
  const identity = await newIdentity();
  const opener = openerOf(identity);
  const sealed = Buffer.from(await encryptTo([await recipientOf(identity)], randomBytes(3 * 65_536)));
  const start = sealed.length - 3 * (65_536 + 16);
  const chunk = (at: number): Buffer => sealed.subarray(start + at * 65_552, start + (at + 1) * 65_552);
  const head = sealed.subarray(0, start);
  for (const order of [[0, 1], [0, 2], [0, 2, 1], [1, 0, 2], [0, 1, 1, 2], []])
    await assert.rejects(opener.open(Buffer.concat([head, ...order.map(chunk)])), refused, `${order}`);
  assert.equal((await opener.open(Buffer.concat([head, ...[0, 1, 2].map(chunk)]))).length, 3 * 65_536);
});

test('what was encrypted to others is refused, and so is what is no age file', async () => {
  const opener = openerOf(await newIdentity());
  const others = await encryptTo([await recipientOf(await newIdentity())], Buffer.from('x'));
  for (const bytes of [others, Buffer.alloc(0), Buffer.from('age-encryption.org/v1\n'), randomBytes(1000)])
    await assert.rejects(opener.open(bytes), refused);
});

test('an identity with a comment before it, as age-keygen writes it, is the same one', async () => {
  const identity = await newIdentity();
  const sealed = await encryptTo([await recipientOf(identity)], Buffer.from('x'));
  const opened = await openerOf(`# created: today\n# public key: age1…\n${identity}\n`).open(sealed);
  assert.equal(Buffer.from(opened).toString(), 'x');
});

test('what is no identity is refused without being quoted', async () => {
  const identity = await newIdentity();
  for (const bad of ['', 'secret', identity.slice(0, -1), identity.replace(/.$/, 'b')])
    assert.throws(
      () => openerOf(bad),
      (error) =>
        error instanceof TwinstileError && error.code === 'key-unusable' && !/KEY-1Q/.test(error.message),
    );
});
