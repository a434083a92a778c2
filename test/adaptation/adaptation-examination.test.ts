import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { adaptedTable, type TableOptions } from '../../src/adaptation/adaptation-examination.js';
import { normal, randomFrom } from '../../src/base/random.js';
import { distance, falseMatchRate } from '../../src/base/units.js';
import { fmrOf } from '../../src/biometrics/fmr.js';
import { fusionFor } from '../../src/biometrics/fused-looks.js';
import type { CalibrationTable } from '../../src/biometrics/model-card.js';
import { holds } from '../support/properties.js';

/** Strangers about 1.2 apart, rarely below 0.6: of a billion pairs. */
const current: CalibrationTable = {
  source: 'the pack',
  people: 10_000,
  impostorPairs: 1e9,
  matedPairs: 1,
  rows: [
    { distance: 0.3, fmr: 1e-8 },
    { distance: 0.6, fmr: 1e-5 },
    { distance: 0.9, fmr: 1e-2 },
    { distance: 1.3, fmr: 0.6 },
  ],
};
const impostors = (count: number, mean: number, spread = 0.12, seed = 1) => {
  const random = randomFrom(seed);
  return Float32Array.from({ length: count }, () => Math.max(0.01, mean + spread * normal(random)));
};
const order = (change: Partial<TableOptions>): TableOptions => ({
  before: impostors(5000, 1.2),
  after: impostors(5000, 1.2),
  metric: 'euclidean',
  current,
  needed: falseMatchRate(1e-6),
  people: 50,
  matedPairs: 100,
  source: 'the site',
  spread: () => 1,
  ...change,
});

test('is measured where the site’s own pairs support the lane’s rate', () => {
  const made = adaptedTable(order({ needed: falseMatchRate(1e-2) }));
  assert.equal(made.how, 'measured');
  assert.equal(made.how === 'measured' && made.table.impostorPairs, 5000);
});

test('claims the upper end over people, not over pairs, and measures nothing where it is not known whose pairs they are', () => {
  const needed = falseMatchRate(1e-2);
  const [plain, spread] = [undefined, () => 4].map((one) =>
    adaptedTable(order({ needed, spread: one ?? (() => 1) })),
  );
  assert.ok(plain?.how === 'measured' && spread?.how === 'measured');
  for (const at of [0.85, 0.9, 1]) {
    const [was, is] = [fmrOf(plain.table, distance(at)), fmrOf(spread.table, distance(at))];
    assert.ok(is > 1.5 * was, `${at}: ${was} ${is}`);
  }
  assert.equal(adaptedTable(order({ needed, spread: undefined })).how, 'kept');
});

test('without tables of several looks nothing counts as near together that does not alone', () => {
  for (const needed of [1e-2, 1e-6].map(falseMatchRate)) {
    const made = adaptedTable(order({ needed }));
    assert.ok(made.how !== 'none');
    for (const available of [1, 3, 5, 50])
      for (const bound of [1e-8, 1e-6, 1e-3, 0.5, 1].map(falseMatchRate))
        assert.equal(fusionFor(made.table, { bound, needed: 1, available }), undefined);
  }
});

test('is not measured where the pairs only just support the rate: one pair would decide', () => {
  assert.equal(adaptedTable(order({ needed: falseMatchRate(1e-3) })).how, 'kept');
});

test('is the old one where strangers are as far as before', () => {
  const made = adaptedTable(order({}));
  assert.ok(made.how === 'kept');
  assert.deepEqual(
    made.table.rows.map((row) => row.distance),
    [0.3, 0.6, 0.9, 1.3],
  );
});

test('says nothing of fused looks, which were measured behind the old head', () => {
  const fused = [{ looks: 3, people: 200, impostorPairs: 1e6, rows: [...current.rows] }];
  const made = adaptedTable(order({ current: { ...current, fused } }));
  assert.ok(made.how === 'kept');
  assert.equal(made.table.fused, undefined);
});

test('does not name what it was measured behind: it is used behind another head', () => {
  const made = adaptedTable(order({ current: { ...current, digest: 'a'.repeat(64) } }));
  assert.ok(made.how === 'kept');
  assert.equal(made.table.digest, undefined);
});

test('is never stretched, however far the head moves strangers away', () => {
  const made = adaptedTable(order({ after: impostors(5000, 1.6) }));
  assert.ok(made.how === 'kept');
  assert.equal(made.table.rows.at(-1)?.distance, 1.3);
});

test('is drawn together by as much as the nearest strangers came nearer', () => {
  const before = impostors(5000, 1.2);
  const made = adaptedTable(order({ before, after: before.map((at) => 0.9 * at) }));
  assert.ok(made.how === 'kept');
  assert.ok(Math.abs((made.table.rows[1]?.distance ?? 0) - 0.54) < 1e-6);
});

test('promises no less than what the site’s strangers show', () => {
  // One in ten of them stands at 0.8, where the old table speaks of one in a thousand.
  const after = Float32Array.from([...impostors(4500, 1.2), ...new Float32Array(500).fill(0.8)]);
  const made = adaptedTable(order({ before: after, after }));
  assert.ok(made.how === 'kept');
  assert.ok((made.table.rows[2]?.fmr ?? 0) > 0.1, `${made.table.rows[2]?.fmr}`);
});

test('is never looser than the old one, whatever the distances', async (t) => {
  const distances = fc
    .array(fc.float({ min: Math.fround(0.4), max: 2, noNaN: true }), { minLength: 200, maxLength: 400 })
    .map((values) => Float32Array.from(values));
  await holds(
    t,
    fc.property(distances, distances, fc.double({ min: 0, max: 2, noNaN: true }), (before, after, at) => {
      const length = Math.min(before.length, after.length);
      const made = adaptedTable(order({ before: before.slice(0, length), after: after.slice(0, length) }));
      if (made.how === 'none') return;
      const [was, is] = [fmrOf(current, distance(at)), fmrOf(made.table, distance(at))];
      assert.ok(is >= was * (1 - 1e-9), `${is} < ${was} at ${at}`);
    }),
    { short: 100, long: 2_000 },
  );
});

test('a table of cosine distances is read as euclidean ones', () => {
  const cosine = {
    ...current,
    rows: current.rows.map((row) => ({ ...row, distance: row.distance ** 2 / 2 })),
  };
  const before = impostors(5000, 1.2);
  const made = adaptedTable(
    order({ current: cosine, metric: 'cosine', before: before.map((at) => at ** 2 / 2), after: before }),
  );
  assert.ok(made.how === 'kept');
  made.table.rows.forEach((row, i) => {
    assert.ok(Math.abs(row.distance - (current.rows[i]?.distance ?? 0)) < 1e-3);
  });
});

for (const [name, change] of [
  ['there is no table to keep', { current: undefined }],
  ['strangers come much nearer', { after: impostors(5000, 0.5, 0.02) }],
  ['a pair has no distance', { after: new Float32Array(5000).fill(Number.NaN) }],
  ['there are no pairs at all', { before: new Float32Array(), after: new Float32Array() }],
] as const) {
  test(`is none when ${name}`, () => {
    const made = adaptedTable(order(change));
    assert.equal(made.how, 'none');
    assert.match(made.detail, /pairs are too few for a table/);
  });
}
