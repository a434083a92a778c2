import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createAnswerCheck } from '../../../src/gate/protocol/answer-check.js';
import { createAnswerWriter } from '../../../src/gate/protocol/answer-writer.js';
import { holds } from '../../support/properties.js';
import { gateKeyPair, sharedKey } from './gate-keys.js';
import { grantBytes, keyPair, place } from './sample.js';

const SESSION = 'ab'.repeat(16);
const passage = { v: 1, gate: 'north-1', grant: 'g-1', outcome: 'passed', direction: 'in' } as const;
const own = gateKeyPair();

test('a recorded passage is never taken again, in any order and over any number of starts of the gate', async (t) => {
  await holds(
    t,
    fc.property(
      fc.array(fc.record({ boot: fc.nat(3), replay: fc.boolean(), which: fc.nat() }), { maxLength: 60 }),
      (steps) => {
        const check = createAnswerCheck(place, own.trust);
        const writers = [0, 1, 2, 3].map((n) => {
          const writer = createAnswerWriter(place, own.signer, `0${n}`.repeat(8));
          writer.useSession(SESSION, undefined);
          return writer;
        });
        const recorded: string[] = [];
        for (const { boot, replay, which } of steps) {
          const old = recorded[which % Math.max(1, recorded.length)];
          if (replay && old !== undefined) {
            assert.equal(check.passage(Buffer.from(old), SESSION).kind, 'dropped');
            assert.equal(check.passage(Buffer.from(old), 'cd'.repeat(16)).kind, 'dropped');
            // Another session begins the count anew; the one of now is asked for again.
            check.passage(Buffer.from('{}'), SESSION);
            continue;
          }
          const text = writers[boot]?.passage(passage) ?? '';
          assert.equal(check.passage(Buffer.from(text), SESSION).kind, 'passage');
          recorded.push(text);
        }
      },
    ),
    { short: 100, long: 5_000 },
  );
});

test('with one bit turned over no answer and no passage is taken as it was meant', async (t) => {
  const writer = createAnswerWriter(place, own.signer, '00'.repeat(8));
  writer.useSession(SESSION, undefined);
  const ack = writer.ack({ grant: 'g-1', request: 'cd'.repeat(32) }, { result: 'refused', reason: 'busy' });
  for (const [kind, text] of [
    ['ack', ack ?? ''],
    ['passage', writer.passage(passage)],
  ] as const)
    await holds(
      t,
      fc.property(fc.nat(), (where) => {
        const bytes = Buffer.from(text);
        const at = where % (bytes.length * 8);
        bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7));
        const check = createAnswerCheck(place, own.trust);
        const read = kind === 'ack' ? check.ack(bytes) : check.passage(bytes, SESSION);
        assert.equal(read.kind, 'dropped', bytes.toString());
      }),
      { short: 500, long: 20_000 },
    );
});

test('with a shared HMAC key no grant of the lane can be played back to it as an answer', () => {
  const secret = Buffer.alloc(32, 7);
  const { signer, trust } = sharedKey('k-1', secret);
  const check = createAnswerCheck(place, trust);
  const grant = JSON.parse(Buffer.from(grantBytes(keyPair('k-1', 'hmac-sha256').signing)).toString());
  const forged = {
    v: 2,
    grant: 'g-1',
    gate: 'north-1',
    result: 'opened',
    request: 'cd'.repeat(32),
    signature: grant.signature,
  };
  assert.deepEqual(check.ack(Buffer.from(JSON.stringify(forged))), {
    kind: 'dropped',
    reason: 'bad-signature',
  });
  const good = createAnswerWriter(place, signer, '00'.repeat(8)).ack(
    { grant: 'g-1', request: 'cd'.repeat(32), key: 'k-1' },
    { result: 'opened' },
  );
  assert.equal(check.ack(Buffer.from(good ?? '')).kind, 'ack');
});
