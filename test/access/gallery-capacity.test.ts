import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fmrBound } from '../../src/access/fmr-bound.js';
import { capacityOf } from '../../src/access/gallery-capacity.js';
import type { CalibrationTable } from '../../src/biometrics/model-card.js';
import { holds } from '../support/properties.js';

const table = (fmr: number, impostorPairs = 1e12): CalibrationTable => ({
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
  ['a table down to 1 in a million allows about a thousand at 1 in 1,000', 0.001, table(1e-6), 1000],
  ['a table that is too coarse allows nobody', 0.001, table(0.01), 0],
  ['few impostor pairs count for what they are', 0.001, table(1e-9, 3000), 1],
  ['a rule of NaN allows nobody', Number.NaN, table(1e-6), 0],
  ['a rule of zero allows nobody', 0, table(1e-6), 0],
] as const)
  test(name, () => assert.equal(capacityOf(maxFpir, calibration).maxTemplates, most));

test('it is the largest gallery in which the surest rate still passes', async (t) => {
  await holds(
    t,
    fc.property(
      fc.double({ min: 1e-4, max: 0.01, noNaN: true }),
      fc.integer({ min: 3, max: 8 }),
      (maxFpir, digits) => {
        const { surest, maxTemplates: mostTemplates } = capacityOf(maxFpir, table(10 ** -digits));
        if (mostTemplates > 0) assert.ok(surest <= fmrBound(maxFpir, mostTemplates));
        assert.ok(!(surest <= fmrBound(maxFpir, mostTemplates + 1)) || mostTemplates === 0);
      },
    ),
    { short: 100, long: 100_000 },
  );
});
