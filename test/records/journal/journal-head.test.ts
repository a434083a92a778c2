import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  isGenuineHead,
  type JournalHead,
  readJournalHead,
  signHead,
} from '../../../src/records/journal/journal-head.js';
import { holds } from '../../support/properties.js';

const pair = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519');
const pem = (key: typeof pair.publicKey): string => String(key.export({ type: 'spki', format: 'pem' }));

const text = fc.string({ minLength: 1, maxLength: 20 });
const seq = fc.integer({ min: 0, max: 2 ** 40 });
const lost = fc.array(fc.record({ seq, hash: text, at: text, found_at: text }, { noNullPrototype: true }), {
  maxLength: 3,
});
const head = fc
  .record({ site: text, seq, hash: text, at: text, lost })
  .map((fields) => signHead({ v: 1, ...fields, key: pem(pair.publicKey) }, pair.privateKey));

/** One thing is another than it was when it was signed. */
const change = fc.oneof(
  fc.record({ field: fc.constantFrom('site' as const, 'hash' as const, 'at' as const), to: text }),
  fc.record({ field: fc.constant('seq' as const), to: seq }),
  fc.record({ field: fc.constant('lost' as const), to: lost }),
  fc.record({ field: fc.constant('key' as const), to: fc.constant(pem(other.publicKey)) }),
);

test('a signed head is genuine, also after it was written and read', async (t) => {
  await holds(
    t,
    fc.property(head, (signed) => {
      assert.equal(isGenuineHead(signed), true);
      const again = readJournalHead(JSON.parse(JSON.stringify(signed)));
      assert.deepEqual(again, signed);
      assert.equal(again !== undefined && isGenuineHead(again), true);
    }),
    { short: 200, long: 20_000 },
  );
});

test('a head of which anything was changed is never genuine', async (t) => {
  await holds(
    t,
    fc.property(head, change, (signed, { field, to }) => {
      const changed = { ...signed, [field]: to } as JournalHead;
      fc.pre(JSON.stringify(changed) !== JSON.stringify(signed));
      assert.equal(isGenuineHead(changed), false, field);
    }),
    { short: 200, long: 20_000 },
  );
});

test('a head with any bit of its signature turned is never genuine', async (t) => {
  await holds(
    t,
    fc.property(head, fc.integer({ min: 0, max: 511 }), (signed, bit) => {
      const signature = Buffer.from(signed.signature, 'hex');
      signature[bit >> 3] = (signature[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(isGenuineHead({ ...signed, signature: signature.toString('hex') }), false);
    }),
    { short: 200, long: 20_000 },
  );
});
