import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { distance, falseMatchRate } from '../../src/base/units.js';
import { distanceAt, fmrOf } from '../../src/biometrics/fmr.js';
import { type CalibrationTable, calibrationTable } from '../../src/biometrics/model-card.js';
import { holds } from '../support/properties.js';

const table: CalibrationTable = {
  source: 'test',
  people: 100,
  impostorPairs: 3_000_000,
  matedPairs: 10,
  rows: [
    { distance: 0.4, fmr: 1e-6 },
    { distance: 0.6, fmr: 1e-4 },
    { distance: 1, fmr: 1 },
  ],
};

for (const [name, at, fmr] of [
  ['at the first row', 0.4, 1e-6],
  ['below the first row, never less', 0, 1e-6],
  ['at a row', 0.6, 1e-4],
  ['half way between two rows', 0.5, 1e-5],
  ['at the last row', 1, 1],
  ['beyond the last row', 1.01, 1],
  ['for infinity', Number.POSITIVE_INFINITY, 1],
  ['for NaN', Number.NaN, 1],
  ['for a negative distance', -0.1, 1],
] as const) {
  test(`says ${fmr} ${name}`, () => {
    assert.ok(Math.abs(fmrOf(table, distance(at)) / fmr - 1) < 1e-9);
  });
}

test('promises no smaller rate than the number of pairs supports', () => {
  assert.equal(fmrOf({ ...table, impostorPairs: 3000 }, distance(0)), 1e-3);
  assert.equal(fmrOf({ ...table, impostorPairs: 0 }, distance(0)), 1);
});

test('takes a row of rate zero for as much as the pairs support', () => {
  const zero = { ...table, rows: [{ distance: 0.4, fmr: 0 }, ...table.rows.slice(1)] };
  assert.equal(fmrOf(zero, distance(0.4)), 1e-6);
});

const tables = fc
  .array(
    fc.record({
      step: fc.double({ min: 1e-3, max: 1, noNaN: true }),
      fall: fc.double({ min: 0, max: 5, noNaN: true }),
    }),
    {
      minLength: 2,
      maxLength: 20,
    },
  )
  .map((steps): CalibrationTable => {
    let at = 0;
    let logRate = 0;
    const rates = steps.map(({ fall }) => {
      logRate -= fall;
      return 10 ** logRate;
    });
    const rows = steps.map(({ step }, i) => {
      at += step;
      return { distance: at, fmr: rates[rates.length - 1 - i] ?? 1 };
    });
    return { ...table, impostorPairs: 1e9, rows };
  });
const anyDistance = fc.double({ min: 0, max: 25, noNaN: true });

test('never falls as the distance rises', async (t) => {
  await holds(
    t,
    fc.property(tables, anyDistance, anyDistance, (any, a, b) => {
      assert.ok(fmrOf(any, distance(Math.min(a, b))) <= fmrOf(any, distance(Math.max(a, b))));
    }),
    { short: 100, long: 20_000 },
  );
});

test('stays a rate for any number at all', async (t) => {
  await holds(
    t,
    fc.property(tables, fc.double(), (any, at) => {
      const fmr = fmrOf(any, distance(at));
      assert.ok(fmr > 0 && fmr <= 1);
    }),
    { short: 100, long: 100_000 },
  );
});

test('finds a distance that keeps the rate, and none that is larger', async (t) => {
  await holds(
    t,
    fc.property(tables, fc.double({ min: 1e-12, max: 1, noNaN: true }), (any, rate) => {
      const at = distanceAt(any, falseMatchRate(rate));
      const last = any.rows.at(-1)?.distance ?? 0;
      if (at === undefined) return assert.ok(fmrOf(any, distance(0)) > rate);
      assert.ok(fmrOf(any, at) <= rate);
      assert.ok(at === last || fmrOf(any, distance(at + 1e-6)) >= rate * (1 - 1e-9));
    }),
    { short: 100, long: 20_000 },
  );
});

test('finds no distance for a rate that is none', () => {
  assert.equal(distanceAt(table, falseMatchRate(Number.NaN)), undefined);
  assert.equal(distanceAt(table, falseMatchRate(1e-7)), undefined);
});

for (const [name, rows] of [
  [
    'of falling distance',
    [
      { distance: 1, fmr: 0.1 },
      { distance: 0.5, fmr: 0.2 },
    ],
  ],
  [
    'of falling rate',
    [
      { distance: 1, fmr: 0.1 },
      { distance: 1.5, fmr: 0.05 },
    ],
  ],
  [
    'at one distance',
    [
      { distance: 1, fmr: 0.1 },
      { distance: 1, fmr: 0.2 },
    ],
  ],
] as const) {
  test(`a card with rows ${name} is refused`, () => {
    assert.equal(calibrationTable.safeParse({ ...table, rows }).success, false);
  });
}
