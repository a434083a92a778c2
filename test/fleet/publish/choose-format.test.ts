import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chooseFormat } from '../../../src/fleet/publish/choose-format.js';
import { holds } from '../../support/properties.js';

const named = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1 });
const reports = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'd', 'e', 'gone'),
  fc.constantFrom(1, 2, 3, Number.NaN),
);

test('the new format is chosen when every box that may read has reported it, and never before', async (t) => {
  await holds(
    t,
    fc.property(named, reports, (devices, reported) => {
      const known = new Map(Object.entries(reported));
      const { format, waitsFor } = chooseFormat(1, devices, known);
      const old = devices.filter((name) => !((known.get(name) ?? 1) >= 2)).sort();
      assert.deepEqual(waitsFor, old);
      assert.equal(format, old.length === 0 ? 2 : 1);
    }),
    { short: 300, long: 5000 },
  );
});

test('it never goes back by itself, and a box that was taken away holds nothing up', () => {
  assert.deepEqual(chooseFormat(2, ['a', 'b'], new Map([['a', 1]])), { format: 2, waitsFor: [] });
  const reported = new Map([
    ['a', 2],
    ['gone', 1],
  ]);
  assert.deepEqual(chooseFormat(1, ['a', 'gone'], reported), { format: 1, waitsFor: ['gone'] });
  assert.deepEqual(chooseFormat(1, ['a'], reported), { format: 2, waitsFor: [] });
});
