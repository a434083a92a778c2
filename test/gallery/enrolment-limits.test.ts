import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distance } from '../../src/base/units.js';
import { likenessLimits } from '../../src/gallery/enrolment-limits.js';
import { fmrOf } from '../../src/siamese/fmr.js';

const table = {
  source: 'a test',
  people: 1000,
  impostorPairs: 3_000_000,
  matedPairs: 1000,
  rows: [
    { distance: 0, fmr: 1e-6 },
    { distance: 0.5, fmr: 1e-6 },
    { distance: 1, fmr: 1e-3 },
    { distance: 1.3, fmr: 0.1 },
  ],
};
const likeAnother = (templates: number) =>
  likenessLimits(table, templates).likeAnother ?? distance(Number.NaN);

test('a larger gallery is stricter about who looks like another', () => {
  assert.ok(likeAnother(100) < likeAnother(10));
  assert.ok(fmrOf(table, likeAnother(100)) <= 1e-5);
});

test('a gallery larger than the table supports is as strict as the table can be', () => {
  assert.equal(likeAnother(1_000_000), 0.5);
  assert.equal(likeAnother(10_000_000), 0.5);
});

test('the own photos may be as far as one stranger in a hundred', () => {
  const { unlikeOwn } = likenessLimits(table, 10);
  assert.ok(unlikeOwn !== undefined && unlikeOwn > 1 && fmrOf(table, unlikeOwn) <= 0.01);
});

test('a table of few near strangers gives its farthest distance', () => {
  const short = { ...table, rows: table.rows.slice(0, 3) };
  assert.equal(likenessLimits(short, 0).unlikeOwn, 1);
});
