/** A journal that went back is seen from outside of the box, and stays seen. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkHeads, type KnownHeads } from '../../../src/fleet/status/journal-heads.js';
import type { LaneReport } from '../../../src/fleet/status/lane-status.js';
import { type JournalHead, signHead } from '../../../src/records/journal/journal-head.js';
import { holds } from '../../support/properties.js';

const newKey = () => generateKeyPairSync('ed25519');
const box = newKey();
const headOf = (seq: number, hash = `h${seq}`, { publicKey, privateKey } = box, site = 'hq'): JournalHead =>
  signHead(
    {
      v: 1,
      site,
      seq,
      hash,
      at: '2027-01-01T12:00:00.000Z',
      lost: [],
      key: String(publicKey.export({ type: 'spki', format: 'pem' })),
    },
    privateKey,
  );
const lane = (journal?: JournalHead, more: Partial<LaneReport> = {}): LaneReport => ({
  site: 'hq',
  lane: 'north',
  isOnline: true,
  state: { device: 'box-1', mode: 'identification', degraded: [], pack: 'mobile' },
  journal,
  ...more,
});
/** What is said of the box at each look, one after the other. */
function looks(...all: readonly (readonly LaneReport[])[]): readonly (string | undefined)[] {
  let known: KnownHeads = new Map();
  return all.map((news) => {
    const judged = checkHeads(news, known);
    known = judged.known;
    return judged.alarms.get('hq/box-1')?.code;
  });
}

test('a journal that grows, or stays, is no alarm', () => {
  assert.deepEqual(looks([lane(headOf(5))], [lane(headOf(5))], [lane(headOf(9))]), Array(3).fill(undefined));
});

test('a smaller number is a journal that went back, and stays one when it has grown past it', () => {
  assert.deepEqual(looks([lane(headOf(5))], [lane(headOf(4))], [lane(headOf(4))], [lane(headOf(8))]), [
    undefined,
    ...Array(3).fill('journal-went-back'),
  ]);
});

test('another hash at the same number is a journal that went back', () => {
  assert.deepEqual(looks([lane(headOf(5))], [lane(headOf(5, 'x'))]), [undefined, 'journal-went-back']);
  assert.deepEqual(looks([lane(headOf(5)), lane(headOf(5, 'x'), { lane: 'south' })]), ['journal-went-back']);
});

test('another key, a head that nobody signed, and a box that says nothing any more are told apart', () => {
  const other = headOf(9, 'h9', newKey());
  assert.deepEqual(looks([lane(headOf(5))], [lane(other)], [lane(headOf(6))]), [
    undefined,
    'journal-other-key',
    undefined,
  ]);
  const forged = { ...headOf(9), seq: 12 };
  assert.deepEqual(looks([lane(headOf(5))], [lane(forged)]), [undefined, 'journal-unsigned']);
  assert.deepEqual(looks([lane(headOf(5, 'h5', box, 'elsewhere'))]), ['journal-unsigned']);
  assert.deepEqual(looks([lane(headOf(5))], [lane()]), [undefined, 'journal-missing']);
  assert.deepEqual(looks([lane(headOf(5))], [lane(undefined, { isOnline: false })]), [undefined, undefined]);
});

test('what a lane that is away left at the broker does not hide that the journal went back', () => {
  const left = lane(headOf(9), { lane: 'old', isOnline: false });
  assert.deepEqual(looks([left, lane(headOf(9))], [left, lane(headOf(4))]), [undefined, 'journal-went-back']);
});

test('for any looks at a journal the first step back is an alarm, and none before it', async (t) => {
  await holds(
    t,
    fc.property(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 8 }), (seqs) => {
      const back = seqs.findIndex((seq, i) => i > 0 && seq < Math.max(...seqs.slice(0, i)));
      const said = looks(...seqs.map((seq) => [lane(headOf(seq))]));
      const expected = seqs.map((_, i) => (back !== -1 && i >= back ? 'journal-went-back' : undefined));
      assert.deepEqual(said, expected);
    }),
    { short: 100, long: 20_000 },
  );
});
