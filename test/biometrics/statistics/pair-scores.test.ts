import assert from 'node:assert/strict';
import { test } from 'node:test';
import { euclidean } from '../../../src/biometrics/distance.js';
import { bootstrapAll, bootstrapLift, bootstrapTmr } from '../../../src/biometrics/statistics/bootstrap.js';
import { pairScores, totalPairs } from '../../../src/biometrics/statistics/pair-scores.js';
import { fmrAt, rateAt, tmrAt } from '../../../src/biometrics/statistics/sweep.js';
import { matchRatesAt } from '../../../src/biometrics/statistics/verification-rates.js';
import { allPairs } from '../../../src/lab/evaluate/all-pairs.js';
import { crowd } from './crowd.js';

const photos = crowd({ people: 60, photosOf: (person) => 1 + (person % 4), spread: 0.7, seed: 1 });
const scores = pairScores(photos, undefined, euclidean, { share: 0.2 });
const plain = allPairs(
  photos.map(({ person, vector }) => ({ person, embedding: vector })),
  'euclidean',
);

test('counts every pair once', () => {
  assert.equal(scores.impostors, plain.impostors.length);
  assert.deepEqual(scores.mated.distances.toSorted(), plain.mated.toSorted());
});

test('keeps exactly the nearest impostor pairs, rising, also when the room was full many times', () => {
  for (const share of [0.001, 0.01, 0.2, 1]) {
    const { near } = pairScores(photos, undefined, euclidean, { share: share });
    const kept = Math.ceil(share * plain.impostors.length);
    assert.deepEqual(near.distances, plain.impostors.toSorted().slice(0, kept));
  }
});

test('names who the near pairs are of', () => {
  const names = [...new Set(photos.map(({ person }) => person))];
  const nearest = Math.min(
    ...photos
      .filter(({ person }) => person === names[scores.near.a[0] ?? -1])
      .flatMap(({ vector }) =>
        photos
          .filter(({ person }) => person === names[scores.near.b[0] ?? -1])
          .map((other) => euclidean(vector, other.vector)),
      ),
  );
  assert.equal(Math.fround(nearest), scores.near.distances[0]);
});

for (const fmr of [1e-3, 1e-2, 0.05]) {
  test(`says at ${fmr} what the plain count of all pairs says`, () => {
    const expected = matchRatesAt([fmr], plain.mated, plain.impostors)[0];
    const rate = rateAt(scores, fmr, 'pairs');
    assert.deepEqual([rate?.threshold, rate?.tmr], [expected?.threshold, expected?.tmr]);
    const back = fmrAt(scores, rate?.threshold ?? Number.NaN);
    assert.equal(back, (expected?.falseMatches ?? Number.NaN) / plain.impostors.length);
  });
}

test('says nothing of a rate that so few pairs cannot show, or that lies beyond what was kept', () => {
  assert.equal(rateAt(scores, 1e-6, 'pairs'), undefined);
  assert.equal(rateAt(scores, 0.5, 'pairs'), undefined);
  assert.equal(fmrAt(scores, 1e9), undefined);
});

test('who has many photos speaks for all in pairs, and for one among people', () => {
  const near = { person: 'many', vector: Float32Array.of(0) };
  const far = [
    { person: 'two', vector: Float32Array.of(10) },
    { person: 'two', vector: Float32Array.of(15) },
  ];
  const uneven = pairScores([near, near, near, near, ...far], undefined, euclidean, { share: 1 });
  assert.equal(tmrAt(uneven, 1, 'pairs'), 6 / 7);
  assert.equal(tmrAt(uneven, 1, 'people'), 1 / 2);
});

test('two sets are compared across: each template with each live photo', () => {
  const live = crowd({ people: 60, photosOf: () => 2, spread: 0.7, seed: 2 });
  const across = pairScores(photos, live, euclidean, { share: 0.1 });
  const own = photos.reduce((sum, { person }) => sum + live.filter((one) => one.person === person).length, 0);
  assert.equal(across.mated.distances.length, own);
  assert.equal(across.impostors, photos.length * live.length - own);
});

test('a weight of two is two people of the same photos, who are not compared with each other', () => {
  const doubled = [
    ...photos,
    ...photos.filter(({ person }) => person === 'p3').map((one) => ({ ...one, person: 'twin' })),
  ];
  const weights = new Int32Array(60).fill(1);
  weights[3] = 2;
  const between = photos.filter(({ person }) => person === 'p3').length ** 2;
  const real = pairScores(doubled, undefined, euclidean, { share: 1 });
  assert.equal(totalPairs(scores.photos, true, weights), real.impostors - between);
  const threshold = rateAt(scores, 0.05, 'pairs')?.threshold ?? Number.NaN;
  const weighed = tmrAt(scores, threshold, 'people', weights);
  assert.ok(Math.abs(weighed - tmrAt(real, threshold, 'people')) < 1e-12);
});

test('the same seed gives the same interval, and the figure lies in it', () => {
  const plan = { replicates: 200, seed: 1 };
  const first = bootstrapTmr(scores, 0.01, 'people', plan);
  assert.deepEqual(first, bootstrapTmr(scores, 0.01, 'people', plan));
  assert.ok(first !== undefined && first.from < first.value && first.value < first.to);
});

test('the interval narrows with the root of the people', () => {
  const width = (people: number) => {
    const some = crowd({ people, photosOf: () => 3, spread: 0.7, seed: 5 });
    const of = bootstrapTmr(pairScores(some, undefined, euclidean, { share: 0.2 }), 0.05, 'people', {
      replicates: 300,
      seed: 1,
    });
    return of === undefined ? Number.NaN : of.to - of.from;
  };
  const ratio = width(40) / width(160);
  assert.ok(ratio > 1.4 && ratio < 2.9, `${ratio}`);
});

test('the lift of a scoring over itself is zero without any doubt', () => {
  const lift = bootstrapLift({ before: scores, after: scores }, 0.01, 'people', { replicates: 50, seed: 1 });
  assert.deepEqual(lift, { value: 0, from: 0, to: 0 });
});

test('a better scoring of the same photos is seen through the chance that both share', () => {
  const steady = crowd({ people: 60, photosOf: (person) => 1 + (person % 4), spread: 0.55, seed: 1 });
  const better = pairScores(steady, undefined, euclidean, { share: 0.2 });
  const plan = { replicates: 300, seed: 1 };
  const lift = bootstrapLift({ before: scores, after: better }, 0.01, 'people', plan);
  assert.ok(lift !== undefined && lift.from > 0, JSON.stringify(lift));
  const alone = bootstrapTmr(better, 0.01, 'people', plan);
  assert.ok(alone !== undefined && lift.to - lift.from < alone.to - alone.from);
});

test('errors at a fixed threshold come with their intervals', () => {
  const threshold = rateAt(scores, 0.01, 'pairs')?.threshold ?? Number.NaN;
  const plan = { replicates: 200, seed: 1 };
  const { fmr, fnmr } = bootstrapAll(scores, { fmrs: [], fixed: [threshold] }, plan).errors[0] ?? {};
  assert.ok(fmr !== undefined && fmr.from < fmr.value && fmr.value < fmr.to && fmr.value <= 0.01);
  assert.ok(fnmr !== undefined && Math.abs(fnmr.value - (1 - tmrAt(scores, threshold, 'pairs'))) < 1e-12);
});

test('many figures from one set of replicates are what each is alone, in any order', () => {
  const plan = { replicates: 100, seed: 4 };
  const fmrs = [1e-3, 0.05, 1e-2];
  const fixed = [1.9, 0.4, 1.2];
  const all = bootstrapAll(scores, { fmrs, fixed }, plan);
  for (const [i, fmr] of fmrs.entries())
    for (const counting of ['pairs', 'people'] as const)
      assert.deepEqual(all.tmrs[i]?.[counting], bootstrapTmr(scores, fmr, counting, plan));
  for (const [i, threshold] of fixed.entries())
    assert.deepEqual(all.errors[i], bootstrapAll(scores, { fmrs: [], fixed: [threshold] }, plan).errors[0]);
});

test('a metric by its name and by its function score alike, also two sets and what has no distance', () => {
  const live = crowd({ people: 60, photosOf: () => 2, spread: 0.7, seed: 2 });
  const odd = [...photos, { person: 'p1', vector: Float32Array.of(1, 2) }];
  for (const other of [undefined, live])
    assert.deepEqual(
      pairScores(odd, other, 'euclidean', { share: 0.1 }),
      pairScores(odd, other, euclidean, { share: 0.1 }),
    );
});
