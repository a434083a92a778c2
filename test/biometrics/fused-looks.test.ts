import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { distance, falseMatchRate } from '../../src/base/units.js';
import { euclidean } from '../../src/biometrics/distance.js';
import { distanceAt, fmrOf } from '../../src/biometrics/fmr.js';
import { fuseLooks, fusionFor, tableFor } from '../../src/biometrics/fused-looks.js';
import type { CalibrationTable } from '../../src/biometrics/model-card.js';
import { holds } from '../support/properties.js';

const look = (...values: number[]): Float32Array => Float32Array.from(values);
const unit = (angle: number): Float32Array => look(Math.cos(angle), Math.sin(angle));

test('copies of one look fuse to that look', () => {
  assert.deepEqual([...fuseLooks([look(0.6, 0.8), look(0.6, 0.8)])], [...look(0.6, 0.8)]);
});

test('vectors of unit length stay of unit length, and longer ones as long as they are on average', () => {
  const [x = 0, y = 0] = fuseLooks([unit(0), unit(1), unit(2)]);
  assert.ok(Math.abs(Math.hypot(x, y) - 1) < 1e-6 && Math.abs(Math.atan2(y, x) - 1) < 1e-6);
  const [a = 0, b = 0] = fuseLooks([look(3, 0), look(0, 5)]);
  assert.ok(Math.abs(Math.hypot(a, b) - 4) < 1e-6);
});

for (const [name, looks] of [
  ['that cancel out', [look(1, 0), look(-1, 0)]],
  ['one of which is no number', [look(1, 0), look(Number.NaN, 0)]],
  ['of different dimensions', [look(1, 0), look(1)]],
] as const)
  test(`looks ${name} are near to nobody`, () => {
    const fused = fuseLooks(looks);
    assert.ok(Number.isNaN(euclidean(fused, look(1, 0))));
    assert.equal(fmrOf(table(), euclidean(fused, look(1, 0))), 1);
  });

test('never lies farther from a template than the farthest of looks that lean towards it', async (t) => {
  const towards = fc.double({ min: -1.5, max: 1.5, noNaN: true }).map(unit);
  await holds(
    t,
    fc.property(fc.array(towards, { minLength: 1, maxLength: 6 }), (looks) => {
      const farthest = Math.max(...looks.map((one) => euclidean(one, unit(0))));
      assert.ok(euclidean(fuseLooks(looks), unit(0)) <= farthest + 1e-6);
    }),
    { short: 300, long: 10_000 },
  );
});

/** Tables of one look and of three, five: the same rates at the given share of the distance. */
function table(shares: Readonly<Record<number, number>> = {}, pairs = 1e7): CalibrationTable {
  const rows = [
    { distance: 0, fmr: 1e-7 },
    { distance: 0.5, fmr: 1e-6 },
    { distance: 1, fmr: 1e-3 },
    { distance: 1.5, fmr: 1 },
  ];
  const fused = Object.entries(shares).map(([looks, share]) => ({
    looks: Number(looks),
    people: 100,
    impostorPairs: pairs,
    rows: rows.map((row) => ({ ...row, distance: row.distance * share })),
  }));
  return { source: 'test', people: 1000, impostorPairs: 1e8, matedPairs: 1, rows, fused };
}

const asked = { bound: falseMatchRate(1e-4), available: 9, needed: 3 };

for (const [name, shares, wishes, looks] of [
  ['the largest number that has a table', { 3: 0.99, 5: 0.98 }, {}, 5],
  ['no more than there are', { 3: 0.99, 5: 0.98 }, { available: 4 }, 3],
  ['none where there are fewer than three', { 3: 0.99, 5: 0.98 }, { available: 2, needed: 1 }, undefined],
  ['no fewer than the lane asks for', { 3: 0.99, 5: 0.98 }, { available: 4, needed: 4 }, undefined],
  ['none without a table', {}, {}, undefined],
  ['fewer where the table of more falls far behind', { 3: 0.95, 5: 0.8 }, {}, 3],
  ['none where all fall far behind that of one look', { 3: 0.8, 5: 0.7 }, {}, undefined],
  ['none for a rate that no table reaches', { 3: 0.99 }, { bound: falseMatchRate(1e-9) }, undefined],
  ['none for a rate that is no number', { 3: 0.99 }, { bound: falseMatchRate(Number.NaN) }, undefined],
] as const)
  test(`fuses ${name}`, () => {
    assert.equal(fusionFor(table(shares), { ...asked, ...wishes })?.looks, looks);
  });

test('does not fuse for a rate that too few pairs of tracks support', () => {
  const few = table({ 3: 0.99 }, 1e4);
  assert.equal(fusionFor(few, asked), undefined);
  assert.ok(fusionFor(few, { ...asked, bound: falseMatchRate(1e-3) }) !== undefined);
});

test('never promises more for fused looks than for one, nor than was measured of fused ones', async (t) => {
  const rises = (values: readonly number[]): readonly number[] => [...new Set(values)].sort((a, b) => a - b);
  const rows = fc
    .tuple(
      fc.uniqueArray(fc.double({ min: 0, max: 2, noNaN: true }), { minLength: 6, maxLength: 6 }),
      fc.array(fc.double({ min: 1e-8, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 }),
    )
    .map(([at, fmr]) => {
      const rates = [...fmr].sort((a, b) => a - b);
      return rises(at).map((one, i) => ({ distance: one, fmr: rates[i] ?? 1 }));
    });
  const about = { source: 'test', people: 9, matedPairs: 1 };
  await holds(
    t,
    fc.property(
      rows,
      rows,
      fc.integer({ min: 10, max: 1e8 }),
      fc.double({ min: 0, max: 2.5, noNaN: true }),
      (one, three, pairs, at) => {
        const measured = { ...about, impostorPairs: pairs, rows: three };
        const single = { ...about, impostorPairs: 1e7, rows: one };
        const fused = [{ looks: 3, people: 9, impostorPairs: pairs, rows: three }];
        const both = tableFor({ ...single, fused }, 3);
        assert.ok(both !== undefined);
        const claimed = fmrOf(both, distance(at)) * (1 + 1e-9);
        assert.ok(claimed >= fmrOf(single, distance(at)) && claimed >= fmrOf(measured, distance(at)));
      },
    ),
    { short: 500, long: 50_000 },
  );
});

test('a table of one look that was made stricter by the site makes fused looks stricter as well', () => {
  const plain = table({ 3: 0.99 });
  const site = { ...plain, rows: plain.rows.map((row) => ({ ...row, fmr: Math.min(1, row.fmr * 30) })) };
  const at = (of: CalibrationTable) => distanceAt(tableFor(of, 3) ?? of, falseMatchRate(1e-4)) ?? 0;
  assert.ok(at(site) < 0.9 * at(plain));
});
