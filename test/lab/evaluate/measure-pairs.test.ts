import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import { personId } from '../../../src/base/ids.js';
import { rateOf } from '../../../src/biometrics/statistics/clopper-pearson.js';
import { evaluatePairs } from '../../../src/lab/evaluate/measure-pairs.js';
import { galleryThrough } from '../../../src/lane/gallery-through.js';
import { snapshotOf } from '../../contracts/search.js';
import { bruteForce } from '../../fakes/search.js';
import { HALF_TWIN, photosOf, TWIN } from './people.js';

const plan = { replicates: 100, seed: 1 };

test('counts pairs, people and what was not acquired, with reasons', () => {
  const result = evaluatePairs(photosOf(), undefined, plan);
  const photos = photosOf().shown.length;
  assert.equal(result.matedPairs + result.impostorPairs, (photos * (photos - 1)) / 2);
  assert.equal(result.people, 40);
  assert.equal(result.photos, photos + 3);
  assert.deepEqual(result.notAcquired, { 'no-face': 2, unreadable: 1 });
  const counted = result.spread.impostors.counts.reduce((sum, count) => sum + count, 0);
  assert.equal(counted, result.impostorPairs);
});

test('gives each rate its interval, and none that the pairs cannot show', () => {
  const { rates, impostorPairs } = evaluatePairs(photosOf(), undefined, plan);
  assert.deepEqual(
    rates.map(({ fmr }) => fmr),
    [1e-2, 1e-3],
  );
  assert.ok(impostorPairs < 1e4);
  for (const { byPairs, byPeople } of rates)
    for (const interval of [byPairs, byPeople])
      assert.ok(interval !== undefined && interval.from <= interval.value && interval.value <= interval.to);
});

test('names the worst pairs, the worst first', () => {
  const { worst } = evaluatePairs(photosOf(), undefined, plan);
  assert.equal(worst.impostors.length, 10);
  const distances = worst.impostors.map(({ distance }) => distance);
  assert.deepEqual(
    distances,
    distances.toSorted((a, b) => a - b),
  );
  const farthest = worst.mated.map(({ distance }) => distance);
  assert.deepEqual(
    farthest,
    farthest.toSorted((a, b) => b - a),
  );
  for (const { a, b } of worst.mated) assert.equal(a.split('/')[0], b.split('/')[0]);
  for (const { a, b } of worst.impostors) assert.notEqual(a.split('/')[0], b.split('/')[0]);
});

for (const [name, head] of [
  ['no head', undefined],
  ['a twin', TWIN],
] as const) {
  test(`with ${name}, measures what a lane would measure`, async () => {
    const photos = photosOf({}, head);
    const [pair] = evaluatePairs(photos, undefined, plan).worst.impostors;
    const vectorOf = (file: string | undefined) =>
      photos.shown.find(({ name: own }) => own === file)?.vector ?? new Float32Array();
    const stored = {
      ...snapshotOf([['a', [...vectorOf(pair?.a)]]]),
      digest: photos.comparison.trunk.digest,
    };
    const { search } = await galleryThrough(photos.comparison, stored, bruteForce);
    const atGate = search.against(vectorOf(pair?.b), personId('a'));
    assert.ok(Math.abs(Number(atGate) - Number(pair?.distance)) < 1e-6);
  });
}

test('compares templates of a half-twin with live faces, and asks for both', () => {
  const templates = photosOf({ photosOf: () => 1, seed: 3 }, HALF_TWIN);
  const live = photosOf({ photosOf: () => 2, seed: 3 }, HALF_TWIN);
  const { matedPairs, impostorPairs } = evaluatePairs(live, templates, plan);
  assert.deepEqual([matedPairs, impostorPairs], [40 * 2, 40 * 39 * 2]);
  assert.throws(() => evaluatePairs(live, undefined, plan), isBad);
});

for (const [name, change] of [
  ['one person only', { people: 1, photosOf: () => 5 }],
  ['one photograph each', { photosOf: () => 1 }],
  ['nobody', { people: 0 }],
] as const) {
  test(`refuses ${name}`, () => assert.throws(() => evaluatePairs(photosOf(change), undefined, plan), isBad));
}

const isBad = (error: unknown): boolean => error instanceof TwinstileError && error.code === 'bad-arguments';

test('never gives an interval of one value where nothing, or everything, matched', () => {
  // Points of one person lie together, far from everybody else's: no error at all.
  const { rates, claims } = evaluatePairs(photosOf({ spread: 1e-6 }), undefined, plan);
  assert.ok(rates.length > 0 && claims.length > 0);
  const shown = [...rates.map(({ byPairs }) => byPairs), ...rates.map(({ byPeople }) => byPeople)];
  for (const interval of shown) {
    assert.equal(interval?.value, 1);
    // 26 of the 40 people have two photographs or more.
    assert.ok(Math.abs((interval?.from ?? 1) - rateOf(26, 26).from) < 1e-9, `from ${interval?.from}`);
  }
  for (const { fmr, fnmr } of claims)
    for (const interval of [fmr, fnmr]) assert.ok(interval !== undefined && interval.from < interval.to);
});
