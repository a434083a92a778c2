/** A box's word is believed by its own key, and by nothing else. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type RevocationReceipt,
  readReceipt,
  receiptStateOf,
  writeReceipt,
} from '../../../src/fleet/status/revocation-receipt.js';
import { holds } from '../../support/properties.js';

function newKey() {
  const { privateKey: secret, publicKey } = generateKeyPairSync('ed25519');
  return { secret, pub: String(publicKey.export({ type: 'spki', format: 'pem' })) };
}
const key = newKey();
const word = (device: string, through: number, serials: readonly number[], by = key) =>
  Buffer.from(writeReceipt({ site: 'hq', device, held: { through, serials } }, by));
const read = (bytes: Uint8Array): RevocationReceipt =>
  readReceipt(bytes, 'hq') ?? assert.fail('Expected a word.');

test('what a box says is read as it was said, and proves what it holds by the key on record alone', () => {
  const said = read(word('gate-1', 3, [5, 7]));
  assert.deepEqual([said.device, said.held], ['gate-1', { through: 3, serials: [5, 7] }]);
  for (const [serials, known, hearing] of [
    [[7], said.fingerprint, 'proved'],
    [[2, 5], said.fingerprint, 'proved'],
    [[7], undefined, 'claimed'],
    [[6], said.fingerprint, 'silent'],
    [[5, 6], undefined, 'silent'],
    [[7], '0'.repeat(64), 'silent'],
  ] as const)
    assert.equal(receiptStateOf([said], 'gate-1', serials, known), hearing, `${serials} ${known}`);
  assert.equal(receiptStateOf([said], 'gate-2', [7], undefined), 'silent');
  assert.equal(
    receiptStateOf([read(word('gate-1', 9, [], newKey()))], 'gate-1', [7], said.fingerprint),
    'silent',
  );
});

test('a word that was changed anywhere, cut off, or is of another site says nothing', async (t) => {
  const bytes = word('gate-1', 3, [5, 7]);
  assert.equal(readReceipt(bytes, 'other'), undefined);
  const before = read(bytes);
  await holds(
    t,
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ flip;
      const now = readReceipt(changed, 'hq');
      // A letter of the PEM's frame or of a space may differ and mean the same.
      if (now !== undefined) assert.deepEqual(now, before);
      assert.equal(readReceipt(bytes.subarray(0, at), 'hq'), undefined);
    }),
    { short: 2000, long: 5_000 },
  );
  assert.equal(readReceipt(Buffer.alloc(40_000, 32), 'hq'), undefined);
});
