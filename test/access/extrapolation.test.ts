import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restsOnExtrapolation } from '../../src/access/extrapolation.js';
import { falseMatchRate } from '../../src/base/units.js';
import { badgeRules, calibration, rules } from '../lane/lane-world.js';

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
