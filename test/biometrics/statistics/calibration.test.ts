import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { randomFrom } from '../../../src/base/random.js';
import { distance, falseMatchRate } from '../../../src/base/units.js';
import { distanceAt, fmrOf } from '../../../src/biometrics/fmr.js';
import { type CalibrationTable, calibrationTable } from '../../../src/biometrics/model-card.js';
import {
  calibrationFrom,
  lowerBound,
  stricter,
  upperBound,
} from '../../../src/biometrics/statistics/calibration.js';
import { holds } from '../../support/properties.js';

const about = { matedPairs: 7, people: 5, source: 'test' };
const from = (distances: readonly number[]) =>
  calibrationFrom({ ...about, impostorDistances: Float32Array.from(distances) });

// Exact values: half the 95 % quantile of chi-square with 2 (k + 1) degrees of freedom.
for (const [events, exact] of [
  [0, 2.9957],
  [1, 4.7439],
  [2, 6.2958],
  [10, 16.9622],
  [100, 118.0786],
] as const) {
  test(`bounds ${events} events as Garwood does, within 1 %`, () => {
    assert.ok(Math.abs((upperBound(events, 1e6) * 1e6) / exact - 1) < 0.01);
  });
}

// Half the 0.1 % quantile of chi-square with 2 k degrees of freedom.
for (const [events, exact] of [
  [3, 0.1905],
  [10, 2.9605],
  [100, 71.92],
] as const) {
  test(`holds ${events} events for no more than Garwood does, and for little less`, () => {
    const ratio = (lowerBound(events, 1e6) * 1e6) / exact;
    assert.ok(ratio > 0.75 && ratio < 1.01, `${ratio}`);
  });
}

test('no event says nothing from below', () => assert.equal(lowerBound(0, 100), 0));

test('bounds nothing below one when everything matched', () => assert.equal(upperBound(5, 5), 1));

const impostors = fc.array(fc.float({ min: Math.fround(0.01), max: 2, noNaN: true }), {
  minLength: 2,
  maxLength: 400,
});

test('makes a table that a card accepts, from any distances in any order', async (t) => {
  await holds(
    t,
    fc.property(impostors, (distances) => {
      const table = from(distances);
      assert.deepEqual(calibrationTable.parse(table), table);
      assert.equal(table.impostorPairs, distances.length);
      assert.deepEqual(from([...distances].reverse()), table);
    }),
    { short: 100, long: 5_000 },
  );
});

test('claims at each row at least the share that was seen', async (t) => {
  await holds(
    t,
    fc.property(impostors, (distances) => {
      const seenUpTo = (at: number) =>
        Float32Array.from(distances).filter((one) => Math.floor(one * 1e6) / 1e6 <= at).length;
      for (const { distance: at, fmr } of from(distances).rows) {
        assert.ok(fmr >= seenUpTo(at) / distances.length);
        assert.ok(fmr >= Math.min(1, 3 / distances.length));
      }
    }),
    { short: 100, long: 20_000 },
  );
});

test('takes the edge of a tie for all that lie on it', () => {
  const table = from([0.5, 0.5, 0.5, 0.5, 1, 1, 1, 1]);
  assert.ok(fmrOf(table, distance(0.5)) >= 0.5);
});

test('is stricter from fewer pairs', () => {
  const few = from(Array.from({ length: 100 }, (_, i) => 0.5 + i / 100));
  const many = from(Array.from({ length: 10_000 }, (_, i) => 0.5 + i / 10_000));
  assert.ok(fmrOf(few, distance(0.55)) > fmrOf(many, distance(0.55)));
  assert.ok(fmrOf(few, distance(0.1)) > 0.03);
});

for (const [name, distances] of [
  ['no pair', []],
  ['one pair', [0.5]],
  ['NaN among them', [0.5, Number.NaN, 0.7]],
  ['infinity among them', [0.5, Number.POSITIVE_INFINITY]],
  ['a negative one', [-0.5, 0.5]],
  ['nothing but zeros', [0, 0, 0]],
] as const) {
  test(`refuses ${name}`, () => assert.throws(() => from(distances), { code: 'bad-arguments' }));
}

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
