import assert from 'node:assert/strict';
import { test } from 'node:test';
import { falseMatchRate, frameSeq, monotonic } from '../../src/base/units.js';
import { comparisonOf } from '../../src/biometrics/head/comparison.js';
import { digestOf } from '../../src/biometrics/model-card.js';
import { freshNetwork, type Reranker } from '../../src/biometrics/reranker.js';
import { observeFace } from '../../src/lane/decision/observe-face.js';
import { galleryThrough } from '../../src/lane/gallery-through.js';
import { cardOf, table } from '../biometrics/head/card-sample.js';
import { snapshotOf } from '../contracts/search.js';
import { bruteForce } from '../fakes/search.js';
import { face, rules } from './lane-world.js';

const card = cardOf(2, table('the pack'));
const stored = {
  ...snapshotOf([
    ['ada', [1, 0]],
    ['bob', [5, 0]],
  ]),
  digest: digestOf(card),
};
const comparison = comparisonOf(card);
const believing: Reranker = {
  compared: comparison.digest,
  network: freshNetwork(2, 1, 2, 1),
  accept: -1e9,
  candidates: 2,
  card: { how: 'by hand' },
};
const doubting: Reranker = { ...believing, accept: 1e9 };

async function matchOf(reranker: Reranker | undefined, probe: readonly number[]) {
  const by = reranker === undefined ? comparison : { ...comparison, reranker };
  const gallery = await galleryThrough(by, stored, bruteForce);
  const seen = { ...face('ada'), embedding: Float32Array.from(probe) };
  const at = monotonic(5);
  const frame = { seq: frameSeq(1), at } as Parameters<typeof observeFace>[1];
  return (await observeFace(seen, frame, { now: at, rules, gallery }))?.observation.match;
}

test('without a second opinion nobody is doubted', async () => {
  assert.equal((await matchOf(undefined, [1, 0]))?.doubted, undefined);
});

test('a second opinion that agrees changes nothing', async () => {
  assert.deepEqual(await matchOf(believing, [1, 0]), await matchOf(undefined, [1, 0]));
});

test('one that doubts marks the look, and leaves its rate as it was', async () => {
  const plain = await matchOf(undefined, [1, 0]);
  assert.deepEqual(await matchOf(doubting, [1, 0]), { ...plain, doubted: true });
});

test('is not asked about a face that is too far anyway', async () => {
  const far = await matchOf(doubting, [2.2, 0]);
  assert.ok((far?.fmr ?? 0) > falseMatchRate(0.5));
  assert.equal(far?.doubted, undefined);
});
