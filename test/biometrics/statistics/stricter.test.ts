import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomFrom } from '../../../src/base/random.js';
import { distance, falseMatchRate } from '../../../src/base/units.js';
import { distanceAt, fmrOf } from '../../../src/biometrics/fmr.js';
import { type CalibrationTable, calibrationTable } from '../../../src/biometrics/model-card.js';
import { stricter } from '../../../src/biometrics/statistics/stricter.js';

const table: CalibrationTable = {
  source: 'strangers',
  people: 1000,
  impostorPairs: 1_000_000,
  matedPairs: 0,
  rows: [
    { distance: 0, fmr: 3e-6 },
    { distance: 0.5, fmr: 1e-5 },
    { distance: 1, fmr: 1e-2 },
    { distance: 1.5, fmr: 1 },
  ],
};
const people = 45;
/** As strangers of the table lie, but nearer by so much. */
const drawnNearer = (by: number): Float32Array => {
  const random = randomFrom(2);
  return Float32Array.from({ length: 990 }, () => {
    const rate = falseMatchRate(Math.max(1e-5, random()));
    return Number(distanceAt(table, rate)) - by;
  });
};

test('leaves the table where the site’s people keep as far apart as strangers do', () => {
  const held = stricter(table, { impostors: drawnNearer(0), people });
  assert.equal(held.raised, 0);
  for (const at of [0, 0.3, 0.5, 0.9, 1])
    assert.ok(Math.abs(fmrOf(held.table, distance(at)) / fmrOf(table, distance(at)) - 1) < 1e-9);
});

test('is stricter where they come nearer, and never looser anywhere', () => {
  const held = stricter(table, { impostors: drawnNearer(0.4), people });
  assert.ok(held.raised > 0);
  assert.ok(fmrOf(held.table, distance(0.9)) > 3 * fmrOf(table, distance(0.9)));
  for (let at = 0; at <= 1.6; at += 0.05)
    assert.ok(fmrOf(held.table, distance(at)) >= fmrOf(table, distance(at)) - 1e-15);
  assert.deepEqual(calibrationTable.parse(held.table), held.table);
});

test('one pair is an accident, three are not', () => {
  const far = drawnNearer(0);
  const near = (count: number) => far.map((each, i) => (i < count ? 0.3 : each));
  assert.equal(stricter(table, { impostors: near(1), people }).raised, 0);
  assert.ok(fmrOf(stricter(table, { impostors: near(3), people }).table, distance(0.3)) >= 3 / 990);
});

test('says what it was held against', () => {
  assert.match(stricter(table, { impostors: drawnNearer(0), people }).table.source, /990 pairs of 45 people/);
});
