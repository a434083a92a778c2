import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { randomFrom } from '../../../src/base/random.js';
import { distance, falseMatchRate } from '../../../src/base/units.js';
import { distanceAt, fmrOf, isExtrapolated, smallestRate } from '../../../src/biometrics/fmr.js';
import { calibrationTable } from '../../../src/biometrics/model-card.js';
import { calibrationFrom } from '../../../src/biometrics/statistics/calibration.js';
import { extrapolated, fitTail, rateIn, tailShare } from '../../../src/biometrics/statistics/extrapolate.js';
import { type Probe, pairScores } from '../../../src/biometrics/statistics/pair-scores.js';
import { holds } from '../../support/properties.js';
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

/** Distances that lie under 1 by generalised Pareto amounts. */
const drawnTail = (shape: number, scale: number, count: number, seed: number): Float32Array => {
  const random = randomFrom(seed);
  const under = () => {
    const rest = 1 - random();
    return shape === 0 ? -scale * Math.log(rest) : (scale * (rest ** -shape - 1)) / shape;
  };
  return Float32Array.from({ length: count }, () => 1 - under()).sort();
};

for (const shape of [0, 0.2, 0.4])
  test(`finds the shape ${shape} and the scale that the distances were drawnTail with`, () => {
    const tail = fitTail({ distances: drawnTail(shape, 0.03, 20_000, 3), all: 2e7 }, 1);
    assert.ok(tail !== undefined && Math.abs(tail.shape - shape) < 0.05, `${tail?.shape}`);
    assert.ok(Math.abs(tail.scale - 0.03) < 0.002, `${tail.scale}`);
    assert.equal(tail.share, 1e-3);
  });

test('never has a lighter tail than the exponential, however suddenly the distances end', () => {
  const random = randomFrom(1);
  const even = Float32Array.from({ length: 5000 }, () => 0.9 + 0.1 * random()).sort();
  const tail = fitTail({ distances: even, all: 5e6 }, 1);
  assert.equal(tail?.shape, 0);
  assert.ok(tail !== undefined && rateIn(tail, 0.8) > 0);
});

test('a weight of two is the same pair twice', () => {
  const once = drawnTail(0.1, 0.02, 400, 5);
  const weights = Float64Array.from(once, (_, i) => 1 + (i % 2));
  const twice = Float32Array.from([...once].flatMap((value, i) => (i % 2 === 0 ? [value] : [value, value])));
  const [weighed, plain] = [
    fitTail({ distances: once, weights, all: 1e6 }, 1),
    fitTail({ distances: twice, all: 1e6 }, 1),
  ];
  assert.ok(weighed !== undefined && plain !== undefined);
  assert.ok(Math.abs(weighed.scale - plain.scale) < 1e-4 && weighed.share === plain.share);
});

test('the rate never rises as the distance falls, and joins at the edge', async (t) => {
  const tail = fitTail({ distances: drawnTail(0.2, 0.05, 1000, 7), all: 1e6 }, 1);
  assert.ok(tail !== undefined);
  assert.equal(rateIn(tail, 1), tail.share);
  const at = fc.double({ min: 0, max: 1, noNaN: true });
  await holds(
    t,
    fc.property(at, at, (a, b) => assert.ok(rateIn(tail, Math.min(a, b)) <= rateIn(tail, Math.max(a, b)))),
    { short: 100, long: 100_000 },
  );
});

test('has nothing to say of distances that are all one', () => {
  assert.equal(fitTail({ distances: new Float32Array(300).fill(1), all: 1e6 }, 1), undefined);
});
