import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distance, falseMatchRate } from '../../../src/base/units.js';
import { distanceAt, fmrOf } from '../../../src/biometrics/fmr.js';
import { tableFor } from '../../../src/biometrics/fused-looks.js';
import { comparisonOf } from '../../../src/biometrics/head/comparison.js';
import { calibrationTable } from '../../../src/biometrics/model-card.js';
import { tracksOf } from '../../../src/lab/calibrate/fused-tables.js';
import { calibrate } from '../../../src/lab/calibrate/measure-calibration.js';
import { crowd } from '../../biometrics/statistics/crowd.js';
import { card } from '../evaluate/people.js';

const comparison = comparisonOf(card);
const people = (seed: number) => crowd({ people: 300, photosOf: (i) => 1 + (i % 6), spread: 0.3, seed });
const order = { comparison, live: people(3), extrapolate: false, seed: 1 };

test('puts each photograph in one track at most, and no track of two people', () => {
  const photos = [0, 1, 2, 3, 4, 5, 6].map((i) => ({
    person: i < 4 ? 'ada' : 'bob',
    vector: Float32Array.of(2 ** i),
  }));
  const tracks = tracksOf(photos, 3, 1);
  assert.deepEqual(
    tracks.map(({ person }) => person),
    ['ada', 'bob'],
  );
  // Means of three different powers of two: 4 photographs give one track and leave one over.
  const [ada, bob] = tracks.map(({ vector }) => Math.round((vector[0] ?? 0) * 3));
  assert.ok([7, 11, 13, 14].includes(ada ?? 0), `${ada}`);
  assert.equal(bob, 112);
});

test('makes a table for three and for five looks where enough people have so many photographs', () => {
  const { table } = calibrate(order);
  assert.deepEqual(
    table.fused?.map((one) => [one.looks, one.people]),
    [
      [3, 200],
      [5, 100],
    ],
  );
  assert.deepEqual(calibrationTable.parse(table), table);
  assert.deepEqual(table.interval, { replicates: 400, margin: 1.5 });
});

test('makes none of few people: they would say more of themselves than of people', () => {
  const few = crowd({ people: 90, photosOf: () => 5, spread: 0.3, seed: 4 });
  assert.equal(calibrate({ ...order, live: few }).table.fused, undefined);
});

test('keeps the promise for tracks of people that it was not made of', () => {
  const made = tableFor(calibrate(order).table, 3);
  assert.ok(made !== undefined);
  const others = people(8);
  const tracks = tracksOf(others, 3, 1);
  const at = distanceAt(made, falseMatchRate(1e-2)) ?? distance(0);
  let [all, near] = [0, 0];
  for (const track of tracks)
    for (const one of others)
      if (one.person !== track.person) {
        all += 1;
        if (comparison.between(one.vector, track.vector) <= at) near += 1;
      }
  assert.ok(near / all <= 1e-2 && near > 0, `${near} of ${all}`);
});

test('a wider margin claims more, at every distance', () => {
  const [once, twice] = [calibrate({ ...order, margin: 1 }).table, calibrate({ ...order, margin: 2 }).table];
  for (const at of [0.3, 0.6, 1, 1.4].map(distance)) assert.ok(fmrOf(twice, at) >= fmrOf(once, at));
  assert.ok(fmrOf(twice, distance(0.6)) > 1.1 * fmrOf(once, distance(0.6)));
});
