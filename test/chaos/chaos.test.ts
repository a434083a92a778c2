/** The short form of every row. The long one: npm run chaos -- --long */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atMost } from './row.js';
import { ROWS } from './rows.js';
import { tryRow } from './try-row.js';

/** A row that hangs; on a busy machine the longest take minutes. */
const ROW_MS = 600_000;

test('three hundred trials without a failure show one in a hundred, and one shows nothing', () => {
  assert.equal(atMost(300), 0.01);
  assert.equal(atMost(1), 1);
});

for (const row of ROWS)
  test(`${row.name}: ${row.claim}`, { timeout: ROW_MS }, async (t) => {
    const finding = await tryRow(row, row.short);
    if ('skipped' in finding) return t.skip(finding.skipped);
    assert.deepEqual(finding.failures, []);
    assert.ok(finding.n >= row.short, `Expected ${row.short} trials, got ${finding.n}.`);
  });
