import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { distance, falseMatchRate } from '../../../src/base/units.js';
import { PHOTO, WEBCAM } from '../../../src/biometrics/conditions/capture-condition.js';
import { distanceAt, fmrOf } from '../../../src/biometrics/fmr.js';
import type { CalibrationTable } from '../../../src/biometrics/model-card.js';
import {
  movedTable,
  type SiteEvidence,
  siteEvidence,
  standingAt,
} from '../../../src/biometrics/statistics/site-promise.js';

/** Of a million pairs: at most 1 in 10^k within 2 - k / 5. */
const TABLE: CalibrationTable = {
  source: 'a test',
  people: 2000,
  impostorPairs: 10_000_000,
  matedPairs: 2000,
  rows: [
    { distance: 0, fmr: 3e-7 },
    ...[6, 5, 4, 3, 2, 1].map((power) => ({ distance: 2 - power / 5, fmr: 10 ** -power })),
    { distance: 2, fmr: 1 },
  ],
};

/** As many pairs as the table promises within each distance. */
const promised = (pairs: number, stretch = 1): Float32Array =>
  Float32Array.from({ length: pairs }, (_, i) => {
    const at = distanceAt(TABLE, falseMatchRate((i + 0.5) / pairs));
    return (at ?? Number.NaN) * stretch;
  });

const evidenceOf = (distances: Float32Array): SiteEvidence =>
  siteEvidence(TABLE, { template: PHOTO, distances });

const rateAt = (table: CalibrationTable, at: number): number => fmrOf(table, distance(at));

test('a site whose people are as the table says contradicts nothing', () => {
  for (const pairs of [1, 3, 10, 45, 1000]) {
    const evidence = evidenceOf(promised(pairs));
    assert.deepEqual(evidence.contradicted, []);
    assert.equal(evidence.scale, 1);
    assert.equal(movedTable(TABLE, [evidence]), TABLE);
  }
});

test('people who all look nearer draw the whole table together', () => {
  const evidence = evidenceOf(promised(45, 0.8));
  assert.ok(evidence.contradicted.length > 0);
  assert.ok(evidence.scale < 0.85 && evidence.scale > 0.7, `${evidence.scale}`);
  const table = movedTable(TABLE, [evidence]);
  const [before, after] = [TABLE, table].map((one) => distanceAt(one, falseMatchRate(1e-4)) ?? Number.NaN);
  assert.ok(Math.abs((after as number) / (before as number) - evidence.scale) < 0.02);
});

test('two people who are alike make the table stricter from their distance on, and no further', () => {
  const alike = promised(45);
  alike[0] = 0.9;
  const evidence = evidenceOf(alike);
  assert.equal(evidence.scale, 1);
  const table = movedTable(TABLE, [evidence]);
  assert.equal(rateAt(table, 0.899), rateAt(TABLE, 0.899));
  assert.ok(rateAt(table, 0.9) > 1 / 45);
});

test('a moved table is never looser than the one it came from, and its rates never fall', () => {
  const pairs = fc.array(fc.float({ min: 0, max: 2, noNaN: true }), { minLength: 0, maxLength: 60 });
  fc.assert(
    fc.property(pairs, pairs, fc.double({ min: 0, max: 2.2, noNaN: true }), (one, other, at) => {
      const table = movedTable(
        TABLE,
        [one, other].map((each) => evidenceOf(Float32Array.from(each))),
      );
      assert.ok(rateAt(table, at) >= rateAt(TABLE, at) * (1 - 1e-9));
      assert.ok(rateAt(table, at + 0.01) >= rateAt(table, at));
    }),
  );
});

test('pairs that cannot be compared match nobody, and one pair or none is no proof', () => {
  assert.deepEqual(evidenceOf(new Float32Array()).contradicted, []);
  assert.deepEqual(evidenceOf(Float32Array.of(Number.NaN, Number.NaN)).contradicted, []);
  const one = evidenceOf(Float32Array.of(0.5));
  assert.equal(one.scale, 1);
  assert.equal(rateAt(movedTable(TABLE, [one]), 0.4), rateAt(TABLE, 0.4));
});

test('a promise is measured where enough pairs keep it, at the rates they can show', () => {
  const far = evidenceOf(new Float32Array(5000).fill(1.9));
  const promise = { evidence: [far], centredBy: 3 };
  assert.equal(standingAt(promise, falseMatchRate(1e-2)), 'measured');
  assert.equal(standingAt(promise, falseMatchRate(1e-5)), 'centred');
  const few = { evidence: [evidenceOf(new Float32Array(10).fill(1.9))], centredBy: 3 };
  assert.equal(standingAt(few, falseMatchRate(1e-2)), 'centred');
});

test('a promise is measured only if every condition of templates keeps it', () => {
  const far = evidenceOf(new Float32Array(5000).fill(1.9));
  const none = { ...evidenceOf(new Float32Array()), template: WEBCAM };
  assert.equal(standingAt({ evidence: [far, none], centredBy: 3 }, falseMatchRate(1e-2)), 'centred');
  assert.equal(standingAt({ evidence: [], centredBy: 0 }, falseMatchRate(1e-2)), 'delivered');
});

test('a promise that one condition contradicts is contradicted, whatever the others show', () => {
  const [near, far] = [promised(45, 0.7), new Float32Array(5000).fill(1.9)].map(evidenceOf);
  assert.equal(
    standingAt({ evidence: [far, near] as readonly SiteEvidence[], centredBy: 5 }, falseMatchRate(1e-2)),
    'contradicted',
  );
});
