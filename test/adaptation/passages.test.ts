import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AdaptationEvidence,
  distancesIn,
  examinePassages,
  hasEnough,
  noPassages,
  rateAtFmr,
  shareWithin,
  withPassageDistances,
} from '../../src/adaptation/passages.js';
import { normal, randomFrom } from '../../src/base/random.js';
import { falseMatchRate } from '../../src/base/units.js';
import type { CalibrationTable } from '../../src/biometrics/model-card.js';

const random = randomFrom(3);
const strangers = (mean: number) => Array.from({ length: 50 }, () => mean + 0.12 * normal(random));
/** @param missed of 240 passages, as distant as strangers. */
const evidenceOf = (missedBefore: number, missedAfter: number, meanAfter = 1.6): AdaptationEvidence =>
  Array.from({ length: 240 }).reduce<AdaptationEvidence>(
    (all, _, n) =>
      withPassageDistances(
        all,
        { own: n < missedBefore ? 1.6 : 0.4, others: strangers(1.6) },
        { own: n < missedAfter ? 1.6 : 0.4, others: strangers(meanAfter) },
        12,
      ),
    noPassages(),
  );
const table: CalibrationTable = {
  source: 'the pack',
  people: 1000,
  impostorPairs: 1e9,
  matedPairs: 1,
  rows: [
    { distance: 0.5, fmr: 1e-8 },
    { distance: 1, fmr: 1e-4 },
    { distance: 2, fmr: 1 },
  ],
};
const examined = (evidence: AdaptationEvidence, needed = 1e-5) =>
  examinePassages(evidence, table, 'euclidean', falseMatchRate(needed));

for (const [name, evidence, verdict, detail] of [
  [
    'is better where many were missed before',
    evidenceOf(60, 0),
    'better',
    /75\.00 % before and 100\.00 % after/,
  ],
  ['is refused where the gain may be chance', evidenceOf(3, 0), 'refused', /no chance/],
  ['is refused where nothing was gained', evidenceOf(60, 60), 'refused', /no chance/],
  ['is refused where passages were lost', evidenceOf(0, 60), 'refused', /no chance/],
] as const) {
  test(`a candidate ${name}`, () => {
    const told = examined(evidence);
    assert.equal(told.verdict.verdict, verdict, told.verdict.detail);
    assert.match(told.verdict.detail, detail);
  });
}

test('its table is the one in use, never looser', () => {
  const told = examined(evidenceOf(60, 0));
  assert.ok(told.table.how === 'kept');
  assert.ok((told.table.table.rows.at(-1)?.distance ?? 9) <= 2);
});

test('without a table to keep it is refused, however good it is', () => {
  const told = examinePassages(evidenceOf(60, 0), undefined, 'euclidean', falseMatchRate(1e-5));
  assert.equal(told.verdict.verdict, 'refused');
  assert.match(told.verdict.detail, /no table that could be kept/);
});

test('is only asked of 200 passages, of ten people on one day', () => {
  const all = evidenceOf(0, 0);
  assert.deepEqual([all, { ...all, passages: 199 }, { ...all, mostPeople: 9 }, noPassages()].map(hasEnough), [
    true,
    false,
    false,
    false,
  ]);
});

test('whose it was is not kept: two histograms of 400 counts, and two numbers', () => {
  const evidence = evidenceOf(1, 1);
  assert.deepEqual(Object.keys(evidence).sort(), ['after', 'before', 'mostPeople', 'passages']);
  assert.deepEqual([evidence.before.mated.length, evidence.after.impostors.length], [400, 400]);
});

test('a distance that is none counts against the head', () => {
  const none = { own: Number.NaN, others: [Number.NaN] };
  const { after } = withPassageDistances(noPassages(), none, none, 1);
  assert.deepEqual([after.mated[399], after.impostors[0]], [1, 1]);
});

test('no rate is claimed of fewer than thirty strangers', () => {
  const { before } = evidenceOf(0, 0);
  // 12,000 comparisons: thirty at 2.5e-3.
  assert.equal(rateAtFmr(before, 1e-3), undefined);
  assert.equal(rateAtFmr(before, 1e-2)?.tmr, 1);
});

test('distances are read from the near end of their bins, and a share from the far one', () => {
  const counts = new Array<number>(400).fill(0);
  counts[10] = 2;
  assert.deepEqual(
    [...distancesIn(counts)].map((value) => value.toFixed(2)),
    ['0.10', '0.10'],
  );
  assert.deepEqual(
    [0.105, 0.11].map((at) => shareWithin(counts, at)),
    [0, 1],
  );
});
