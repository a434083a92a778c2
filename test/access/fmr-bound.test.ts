import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { capacityOf, fmrBound, formatOdds, restsOnExtrapolation } from '../../src/access/fmr-bound.js';
import { falseMatchRate } from '../../src/base/units.js';
import type { CalibrationTable } from '../../src/biometrics/model-card.js';
import { badgeRules, calibration, rules } from '../lane/lane-world.js';
import { holds } from '../support/properties.js';

const rate = fc.double({ min: 1e-9, max: 0.5, noNaN: true });
const size = fc.integer({ min: 1, max: 1_000_000 });

test('keeps the promise for the whole gallery', async (t) => {
  await holds(
    t,
    fc.property(rate, size, (maxFpir, n) => {
      const fpir = -Math.expm1(n * Math.log1p(-fmrBound(maxFpir, n)));
      assert.ok(Math.abs(fpir / maxFpir - 1) < 1e-6);
    }),
    { short: 100, long: 100_000 },
  );
});

test('is tighter for each template more', async (t) => {
  await holds(
    t,
    fc.property(rate, size, (maxFpir, n) => assert.ok(fmrBound(maxFpir, n + 1) < fmrBound(maxFpir, n))),
    { short: 100, long: 100_000 },
  );
});

for (const [maxFpir, comparisons, bound] of [
  [0.001, 1, 0.001],
  [0.001, 1000, 1.0005e-6],
  [0.01, 0, 0.01],
] as const) {
  test(`is ${bound} for one in ${1 / maxFpir} among ${comparisons}`, () => {
    assert.ok(Math.abs(fmrBound(maxFpir, comparisons) / bound - 1) < 1e-4);
  });
}

test('passes no rate when the wish is no number', () => {
  assert.equal(0 <= fmrBound(Number.NaN, 10), false);
});

for (const [fmr, said] of [
  [1, '1 in 1'],
  [0.02, '1 in 50'],
  [4e-6, '1 in 250,000'],
  [3.0000001e-6, '1 in 333,000'],
  [1 / 999_999, '1 in 999,000'],
  [1e-3, '1 in 1,000'],
] as const) {
  test(`says ${fmr} as ${said}`, () => assert.equal(formatOdds(falseMatchRate(fmr)), said));
}

const tableDownTo = (fmr: number, impostorPairs = 1e12): CalibrationTable => ({
  source: 'test',
  people: 1000,
  impostorPairs,
  matedPairs: 1000,
  rows: [
    { distance: 0.5, fmr },
    { distance: 1, fmr: 1 },
  ],
});

for (const [name, maxFpir, calibration, most] of [
  ['a table down to 1 in a million allows about a thousand at 1 in 1,000', 0.001, tableDownTo(1e-6), 1000],
  ['a table that is too coarse allows nobody', 0.001, tableDownTo(0.01), 0],
  ['few impostor pairs count for what they are', 0.001, tableDownTo(1e-9, 3000), 1],
  ['a rule of NaN allows nobody', Number.NaN, tableDownTo(1e-6), 0],
  ['a rule of zero allows nobody', 0, tableDownTo(1e-6), 0],
] as const)
  test(name, () => assert.equal(capacityOf(maxFpir, calibration).maxTemplates, most));

test('it is the largest gallery in which the surest rate still passes', async (t) => {
  await holds(
    t,
    fc.property(
      fc.double({ min: 1e-4, max: 0.01, noNaN: true }),
      fc.integer({ min: 3, max: 8 }),
      (maxFpir, digits) => {
        const { surest, maxTemplates: mostTemplates } = capacityOf(maxFpir, tableDownTo(10 ** -digits));
        if (mostTemplates > 0) assert.ok(surest <= fmrBound(maxFpir, mostTemplates));
        assert.ok(!(surest <= fmrBound(maxFpir, mostTemplates + 1)) || mostTemplates === 0);
      },
    ),
    { short: 100, long: 100_000 },
  );
});

const tail = (below: number) => ({
  ...calibration,
  extrapolation: {
    below,
    smallest: below / 10,
    method: 'generalised-pareto' as const,
    from: 1,
    tailPairs: 500,
    shape: 0,
    scale: 0.1,
    replicates: 500,
  },
});

for (const [name, asked, templates, table, expected] of [
  ['a table that was measured all through', rules, 1_000_000, calibration, false],
  ['a small gallery whose rate was measured', rules, 9, tail(1e-4), false],
  ['a gallery too large for what was measured', rules, 11, tail(1e-4), true],
  ['a badge, whatever the size of the gallery', badgeRules, 1_000_000, tail(1e-4), false],
  ['a badge of which more is asked than was measured', badgeRules, 1, tail(1.1e-4), true],
] as const)
  test(`${expected ? 'rests' : 'does not rest'} on extrapolation with ${name}`, () =>
    assert.equal(restsOnExtrapolation(asked, templates, table), expected));

test('does not when nothing is asked of a face', () =>
  assert.equal(restsOnExtrapolation({}, 5, tail(falseMatchRate(1))), false));
