import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distance } from '../../../src/base/units.js';
import { fmrOf } from '../../../src/biometrics/fmr.js';
import { calibrationFrom } from '../../../src/biometrics/statistics/calibration.js';
import { likenessLimits } from '../../../src/records/people/enrollment-rules.js';

const table = {
  source: 'a test',
  people: 1000,
  impostorPairs: 12_000_000,
  matedPairs: 1000,
  rows: [
    { distance: 0, fmr: 2.5e-7 },
    { distance: 0.5, fmr: 1e-6 },
    { distance: 1, fmr: 1e-3 },
    { distance: 1.3, fmr: 0.1 },
  ],
};
const likeAnother = (templates: number) =>
  likenessLimits(table, templates).likeAnother ?? distance(Number.NaN);

test('a larger gallery is stricter about who looks like another', () => {
  assert.ok(likeAnother(100) < likeAnother(10));
  assert.ok(fmrOf(table, likeAnother(100)) <= 1e-4);
});

test('a gallery larger than the table can speak for is as strict as the table is believed', () => {
  assert.equal(likeAnother(10_000), 0.5);
  assert.equal(likeAnother(10_000_000), 0.5);
});

test('a few mislabelled pairs do not decide who looks like another', () => {
  const impostors = Array.from({ length: 100_000 }, (_, n) => 0.9 + n / 100_000);
  const impostorDistances = Float32Array.from([0.1, 0.11, 0.12, ...impostors]);
  const measured = calibrationFrom({ impostorDistances, matedPairs: 10, people: 500, source: 'a test' });
  const strictest = likenessLimits(measured, 1_000_000).likeAnother;
  assert.ok(strictest !== undefined && strictest > 0.85 && strictest < 0.91, `${strictest}`);
});

test('the own photos may be as far as one stranger in a hundred', () => {
  const { unlikeOwn } = likenessLimits(table, 10);
  assert.ok(unlikeOwn !== undefined && unlikeOwn > 1 && fmrOf(table, unlikeOwn) <= 0.01);
});

test('a table of few near strangers gives its farthest distance', () => {
  const short = { ...table, rows: table.rows.slice(0, 3) };
  assert.equal(likenessLimits(short, 0).unlikeOwn, 1);
});
