import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelDigest } from '../../../src/base/ids.js';
import { millis } from '../../../src/base/units.js';
import { euclidean } from '../../../src/biometrics/distance.js';
import { type Comparison, sidesByMetric } from '../../../src/biometrics/head/comparison.js';
import { identityHead } from '../../../src/biometrics/head/head.js';
import type { CalibrationTable } from '../../../src/biometrics/model-card.js';
import {
  assessRelease,
  type Examined,
  type SeenPhoto,
} from '../../../src/fleet/releases/release-examination.js';

const DIMENSION = 16;
const DIGEST = modelDigest('d'.repeat(64));
const table: CalibrationTable = {
  source: 'made up',
  people: 1000,
  impostorPairs: 1_000_000,
  matedPairs: 1000,
  rows: [
    { distance: 0.1, fmr: 1e-6 },
    { distance: 0.6, fmr: 1e-4 },
    { distance: 1, fmr: 1e-2 },
    { distance: 1.6, fmr: 1 },
  ],
};

const comparisonBy = (calibration: CalibrationTable | undefined): Comparison => ({
  ...sidesByMetric('euclidean'),
  head: identityHead(DIGEST, DIMENSION),
  trunk: { digest: DIGEST, dimension: DIMENSION },
  digest: DIGEST,
  dimension: DIMENSION,
  between: euclidean,
  calibration,
});

/** Twelve people, each twice, a little apart; √2 from each other. */
function people(apart = 0.2, count = 12): readonly SeenPhoto[] {
  return Array.from({ length: count }, (_, person) => [0, 1].map((which) => ({ person, which }))).flatMap(
    (pair) =>
      pair.map(({ person, which }) => {
        const embedding = new Float32Array(DIMENSION);
        embedding[person % DIMENSION] = 1;
        embedding[DIMENSION - 1] = which * apart;
        return { person, embedding };
      }),
  );
}
const good: Examined = { photos: people(), selfTest: true, provider: 'cpu', latency: millis(20) };
const rules = { provider: 'cpu', maxLatency: millis(100) };

/** Every pair is claimed to be as sure as the surest. */
const lying: CalibrationTable = {
  ...table,
  rows: [
    { distance: 1.5, fmr: 1e-6 },
    { distance: 2, fmr: 1 },
  ],
};
const strict: CalibrationTable = {
  ...table,
  rows: [
    { distance: 0.01, fmr: 1e-6 },
    { distance: 0.05, fmr: 1 },
  ],
};

test('what does as it promises is good, with its counts', () => {
  assert.deepEqual(assessRelease(good, comparisonBy(table), rules), {
    good: true,
    genuine: 12,
    matched: 12,
    impostor: 264,
  });
});

for (const [name, examined, comparison, reason] of [
  ['whose drawn faces do not land', { ...good, selfTest: false }, comparisonBy(table), /does not land/],
  ['that ran elsewhere', { ...good, provider: 'other' }, comparisonBy(table), /ran on other/],
  ['that is slow', { ...good, latency: millis(101) }, comparisonBy(table), /101 ms/],
  ['of unknown speed', { ...good, latency: millis(Number.NaN) }, comparisonBy(table), /NaN ms/],
  ['without a table', good, comparisonBy(undefined), /no calibration table/],
  ['whose table promises too much', good, comparisonBy(lying), /promises too much/],
  ['whose table lets nobody in', good, comparisonBy(strict), /0 of 12 pairs of one person/],
  ['that knows nobody again', { ...good, photos: people(1.2) }, comparisonBy(table), /pairs of one person/],
  [
    'that is NaN all over',
    {
      ...good,
      photos: people().map(({ person }) => ({ person, embedding: new Float32Array(16).fill(Number.NaN) })),
    },
    comparisonBy(table),
    /pairs of one person/,
  ],
  [
    'that sees everybody alike',
    { ...good, photos: people().map(({ person }) => ({ person, embedding: new Float32Array(16) })) },
    comparisonBy(table),
    /promises too much/,
  ],
  [
    'that finds hardly a face',
    {
      ...good,
      photos: good.photos.map(({ person, embedding }, i) =>
        i % 3 === 0 && embedding ? { person, embedding } : { person },
      ),
    },
    comparisonBy(table),
    /found in 8 of 24/,
  ],
  ['that was shown too few', { ...good, photos: people(0.2, 7) }, comparisonBy(table), /are too few/],
] as const)
  test(`a release is refused ${name}`, () => {
    const verdict = assessRelease(examined, comparison, rules);
    assert.ok(!verdict.good);
    assert.match(verdict.reason, reason);
  });

test('a stranger or two that match by chance do not refuse it', () => {
  const close = people().map((seen, i) =>
    i === 0
      ? { person: seen.person, embedding: people()[2]?.embedding ?? new Float32Array(DIMENSION) }
      : seen,
  );
  const verdict = assessRelease({ ...good, photos: close }, comparisonBy(table), rules);
  assert.ok(verdict.good, JSON.stringify(verdict));
});
