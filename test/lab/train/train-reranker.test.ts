import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparisonOf } from '../../../src/biometrics/head/comparison.js';
import { rerankerFromText, rerankerToText } from '../../../src/biometrics/reranker-file.js';
import type { HeldOut } from '../../../src/biometrics/training-record.js';
import { assertUseful, learnReranker, type RerankStep } from '../../../src/lab/train/train-reranker.js';
import { crowd } from '../../biometrics/statistics/crowd.js';
import { card, HALF_TWIN } from '../evaluate/people.js';

const photos = crowd({ people: 260, photosOf: (person) => 1 + (person % 5), spread: 0.45, seed: 8 });
const order = {
  comparison: comparisonOf(card),
  photos,
  seed: 1,
  epochs: 2,
  width: 4,
  candidates: 3,
  doubt: 0.05,
  madeAt: '2026-01-01T00:00:00.000Z',
};
const never = new AbortController().signal;

test('learns on some, and says of others with intervals what doubting is worth', async () => {
  const steps: RerankStep[] = [];
  const { reranker } = await learnReranker(order, (step) => steps.push(step), never);
  assert.deepEqual(
    steps.map(({ epoch }) => epoch),
    [1, 2],
  );
  const { heldOut = [], trained } = reranker.card;
  assert.ok(heldOut.length > 0 && trained !== undefined);
  for (const { people, liftFrom, lift, liftTo, tmrBefore, tmrAfter } of heldOut) {
    assert.ok(people + trained.people < 260);
    assert.ok(liftFrom <= lift && lift <= liftTo && Math.abs(tmrAfter - tmrBefore - lift) < 1e-12);
  }
  assert.equal(reranker.compared, order.comparison.digest);
  assert.deepEqual(rerankerFromText(rerankerToText(reranker), reranker.compared), reranker);
});

test('without an epoch it is the distance, and worth nothing', async () => {
  const { reranker, bestEpoch } = await learnReranker({ ...order, epochs: 0 }, () => {}, never);
  assert.equal(bestEpoch, 0);
  assert.throws(() => assertUseful({ ...reranker.card, heldOut: [] }), { code: 'learning-refused' });
});

for (const [name, change] of [
  ['a half-twin', { comparison: comparisonOf(card, HALF_TWIN) }],
  ['too few people', { photos: photos.slice(0, 60) }],
] as const)
  test(`refuses ${name}`, () =>
    assert.rejects(
      learnReranker({ ...order, ...change }, () => {}, never),
      { code: 'bad-arguments' },
    ));

const row: HeldOut = {
  fmr: 1e-3,
  counting: 'people',
  people: 50,
  photos: 100,
  matedPairs: 80,
  impostorPairs: 30_000,
  tmrBefore: 0.8,
  tmrAfter: 0.9,
  lift: 0.1,
  liftFrom: -0.1,
  liftTo: 0.3,
};
for (const [name, lift, isRefused] of [
  ['less', -0.01, true],
  ['as much', 0, true],
  ['more', 0.01, false],
] as const)
  test(`${isRefused ? 'refuses' : 'keeps'} what is worth ${name} than a stricter distance`, () => {
    const worth = (): void => assertUseful({ how: '', heldOut: [{ ...row, lift }] });
    if (isRefused) assert.throws(worth, { code: 'learning-refused' });
    else worth();
  });
