import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distance, falseMatchRate } from '../../../src/base/units.js';
import { distanceAt, fmrOf } from '../../../src/biometrics/fmr.js';
import { comparisonOf } from '../../../src/biometrics/head/comparison.js';
import { calibrate } from '../../../src/lab/calibrate/measure-calibration.js';
import { calibrationReport } from '../../../src/lab/report/calibration-report.js';
import { terminalText } from '../../../src/lab/report/render-report.js';
import { crowd } from '../../biometrics/statistics/crowd.js';
import { card, HALF_TWIN, photosOf, TWIN } from '../evaluate/people.js';

const many = crowd({ people: 700, photosOf: (person) => 1 + (person % 2), spread: 0.1, seed: 21 });
const order = { comparison: comparisonOf(card), live: many, extrapolate: false, seed: 1 };

test('measures behind the head, and marks the table with the digest of encoder and head', () => {
  const comparison = comparisonOf(card, TWIN);
  const { table, impostorPairs } = calibrate({ ...order, comparison });
  assert.equal(table.digest, comparison.digest);
  assert.equal(comparisonOf(card, TWIN, table).calibration, table);
  const at = distanceAt(table, falseMatchRate(1e-3)) ?? distance(0);
  const nearer = many.flatMap((a, i) =>
    many.slice(i + 1).filter((b) => b.person !== a.person && comparison.between(a.vector, b.vector) <= at),
  ).length;
  assert.ok(nearer / impostorPairs <= 1e-3 && nearer / impostorPairs > 5e-4);
});

test('asks for the templates of a half-twin', () => {
  const comparison = comparisonOf(card, HALF_TWIN);
  assert.throws(() => calibrate({ ...order, comparison }), { code: 'bad-arguments' });
  const { impostorPairs } = calibrate({ ...order, comparison, templates: photosOf().shown });
  assert.ok(impostorPairs > 40_000);
});

test('does not promise what the pairs do not support, and says how many it would take', () => {
  const fmr = falseMatchRate(1e-8);
  assert.throws(() => calibrate({ ...order, fmr }), /300,000,000 pairs.*1 in 100,000,000.*got 5/);
  const { promises } = calibrate(order);
  assert.deepEqual(
    promises.map(({ support }) => support),
    ['measured', 'measured', 'measured', 'bounded', 'none', 'none', 'none'],
  );
});

test('promises it when told to extrapolate, and says so wherever it is shown', () => {
  const fmr = falseMatchRate(1e-6);
  const calibration = calibrate({ ...order, fmr, extrapolate: true });
  assert.equal(calibration.promises.find((row) => row.fmr === fmr)?.support, 'extrapolated');
  const facts = { pack: 'test', head: 'identity', digest: 'd', photos: 1, acquired: 1, leftOut: 0 } as const;
  const text = terminalText(calibrationReport({ ...facts, ...calibration }));
  assert.match(text, /1e-6|1\.0e-6.*extrapolated/);
  assert.match(text, /extrapolated +down to 1 in/);
  assert.throws(
    () => calibrate({ ...order, fmr: falseMatchRate(1e-9), extrapolate: true }),
    /not even extrapolation/,
  );
});

test('the site’s people alone make a table that promises only what so few support', () => {
  const site = crowd({ people: 30, photosOf: () => 2, spread: 0.1, seed: 5 });
  const { table, site: own } = calibrate({ ...order, live: [], site });
  assert.equal(table.impostorPairs, (60 * 59) / 2 - 30);
  assert.equal(fmrOf(table, distance(0)), 3 / table.impostorPairs);
  assert.deepEqual(own, { people: 30, impostorPairs: table.impostorPairs, raised: 0 });
});

test('beside strangers the site’s people make the table stricter where they are more alike', () => {
  const alike = crowd({ people: 30, photosOf: () => 1, spread: 0.1, seed: 5 }).map((one) => ({
    ...one,
    vector: one.vector.map((value) => value / 4),
  }));
  const { table, site } = calibrate({ ...order, site: alike });
  const plain = calibrate(order).table;
  assert.ok(site !== undefined && site.raised > 0);
  assert.ok(fmrOf(table, distance(0.8)) > 10 * fmrOf(plain, distance(0.8)));
  assert.equal(fmrOf(table, distance(0)), fmrOf(plain, distance(0)));
});

test('refuses nobody at all', () => {
  assert.throws(() => calibrate({ ...order, live: [] }), { code: 'bad-arguments' });
});
