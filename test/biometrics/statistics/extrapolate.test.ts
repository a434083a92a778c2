import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distance, falseMatchRate } from '../../../src/base/units.js';
import { distanceAt, fmrOf, isExtrapolated, smallestRate } from '../../../src/biometrics/fmr.js';
import { calibrationTable } from '../../../src/biometrics/model-card.js';
import { calibrationFrom } from '../../../src/biometrics/statistics/build-calibration.js';
import { extrapolated, tailShare } from '../../../src/biometrics/statistics/extrapolate.js';
import { type Probe, pairScores } from '../../../src/biometrics/statistics/pair-scores.js';
import { crowd } from './crowd.js';

const strangers = (people: number, seed: number): readonly Probe[] =>
  crowd({ people, photosOf: () => 1, spread: 0, seed });

function measured(photos: readonly Probe[]) {
  const impostors: number[] = [];
  const scores = pairScores(photos, undefined, 'euclidean', {
    share: tailShare(photos.length ** 2 / 2),
    onPair(distance, _a, _b, mated) {
      if (!mated) impostors.push(distance);
    },
  });
  const about = { matedPairs: 0, people: photos.length, source: 'test' };
  return { scores, table: calibrationFrom({ ...about, impostorDistances: Float32Array.from(impostors) }) };
}

const { scores, table } = measured(strangers(900, 11));
const drawn = extrapolated(table, scores, 1);
const below = smallestRate(scores.impostors);

test('goes on where the pairs end, as a table that a card accepts', () => {
  assert.deepEqual(calibrationTable.parse(drawn), drawn);
  assert.equal(distanceAt(table, falseMatchRate(below / 2)), undefined);
  assert.ok((distanceAt(drawn, falseMatchRate(below / 2)) ?? 0) > 0);
});

test('leaves what was measured as it was', () => {
  for (const { distance: at, fmr } of table.rows.slice(1)) assert.equal(fmrOf(drawn, distance(at)), fmr);
});

test('says of exactly those rates that nobody measured that they are extrapolated', () => {
  assert.equal(isExtrapolated(drawn, falseMatchRate(below)), false);
  assert.equal(isExtrapolated(drawn, falseMatchRate(0.99 * below)), true);
  assert.equal(isExtrapolated(table, falseMatchRate(0.99 * below)), false);
});

test('promises nothing below a tenth of what the pairs support', () => {
  assert.equal(fmrOf(drawn, distance(0)), below / 10);
  assert.equal(distanceAt(drawn, falseMatchRate(below / 11)), undefined);
});

test('holds what it promises on forty times as many pairs of other people', () => {
  const fresh = pairScores(strangers(6000, 12), undefined, 'euclidean', { share: 1e-4 });
  for (const share of [0.9, 0.3, 0.1]) {
    const fmr = share * below;
    const at = distanceAt(drawn, falseMatchRate(fmr)) ?? Number.NaN;
    const seen = fresh.near.distances.filter((each) => each <= at).length;
    // Three standard deviations above what is promised would be chance once in a thousand.
    const promised = fmr * fresh.impostors;
    assert.ok(seen <= promised + 3 * Math.sqrt(promised), `${seen} of ${promised} at ${fmr}`);
  }
});

test('the same seed gives the same table', () => assert.deepEqual(extrapolated(table, scores, 1), drawn));

test('refuses a tail of too few pairs', () => {
  const few = measured(strangers(200, 1));
  assert.throws(() => extrapolated(few.table, few.scores, 1), { code: 'bad-arguments' });
});

test('where somebody stands in it under two names, promises only what lies nearer than those', () => {
  const photos = strangers(900, 11);
  const [first] = photos;
  assert.ok(first !== undefined);
  const alias = { person: 'also p0', vector: first.vector.map((value) => value + 1e-3) };
  const twice = measured([...photos, alias]);
  const at = distanceAt(extrapolated(twice.table, twice.scores, 1), falseMatchRate(below / 2));
  assert.ok(at !== undefined && at < 3e-3, `${at}`);
});
