import assert from 'node:assert/strict';
import { test } from 'node:test';
import { laneId, personId, siteId } from '../../src/base/ids.js';
import { normal, randomFrom } from '../../src/base/random.js';
import { falseMatchRate, wallTime } from '../../src/base/units.js';
import {
  type CaptureCondition,
  cameraCondition,
  UNKNOWN_CONDITION,
} from '../../src/biometrics/conditions/capture-condition.js';
import { distanceAt } from '../../src/biometrics/fmr.js';
import { comparisonOf } from '../../src/biometrics/head/comparison.js';
import { type CalibrationTable, digestOf } from '../../src/biometrics/model-card.js';
import { standingAt } from '../../src/biometrics/statistics/site-promise.js';
import { galleryThrough } from '../../src/lane/gallery-through.js';
import type { GallerySnapshot } from '../../src/records/people/gallery-store.js';
import { openSearch } from '../../src/records/people/search.js';
import { cardOf, table } from '../biometrics/head/card-sample.js';

const DIMENSION = 64;
const GATE = cameraCondition(siteId('hq'), laneId('north'), 'color');
/** Unrelated directions of 64 numbers are 1.41 apart, and hardly any two nearer than 1.1. */
const TABLE: CalibrationTable = {
  ...table('unrelated directions'),
  impostorPairs: 10_000_000,
  rows: [
    { distance: 0, fmr: 1e-7 },
    { distance: 0.9, fmr: 1e-6 },
    { distance: 1, fmr: 1e-4 },
    { distance: 1.1, fmr: 1e-2 },
    { distance: 1.2, fmr: 0.1 },
    { distance: 1.41, fmr: 0.5 },
    { distance: 2, fmr: 1 },
  ],
};
const plain = cardOf(DIMENSION, TABLE);
const card = { ...plain, encoder: { ...plain.encoder, normalise: true } };
const comparison = comparisonOf(card);

const directionOf = (seed: number): Float64Array => {
  const random = randomFrom(seed);
  return Float64Array.from({ length: DIMENSION }, () => normal(random) / Math.sqrt(DIMENSION));
};

/** People of whom a share is what the wall behind them makes of everybody. */
function snapshotOf(people: number, wall: number, condition: CaptureCondition): GallerySnapshot {
  const behind = directionOf(9999);
  const matrix = new Float32Array(people * DIMENSION);
  for (let person = 0; person < people; person += 1) {
    const own = directionOf(1 + person).map((value, i) => value + wall * (behind[i] ?? 0));
    const length = Math.hypot(...own);
    matrix.set(
      own.map((value) => value / length),
      person * DIMENSION,
    );
  }
  const owners = Array.from({ length: people }, (_, person) => personId(`p${person}`));
  const consent = { textVersion: '1', givenAt: wallTime(0) };
  return {
    version: 1,
    digest: digestOf(card),
    dimension: DIMENSION,
    matrix,
    owners,
    conditions: owners.map(() => condition),
    people: new Map(owners.map((id) => [id, { id, name: id, consent }])),
  };
}

const through = (snapshot: GallerySnapshot) =>
  galleryThrough(comparison, snapshot, openSearch, { condition: GATE });

const at = (calibration: CalibrationTable | undefined): number =>
  (calibration && distanceAt(calibration, falseMatchRate(1e-4))) ?? Number.NaN;

test('people who look alike by what is behind them contradict the table where it is not taken away', async () => {
  const { promise, calibration, plan } = await through(snapshotOf(12, 1, UNKNOWN_CONDITION));
  assert.equal(plan.live, undefined);
  assert.ok(promise !== undefined);
  assert.equal(standingAt(promise, falseMatchRate(1e-4)), 'contradicted');
  assert.ok(at(calibration) < 0.85 * at(TABLE), `${at(calibration)}`);
});

test('the same people, known to come from the camera, keep the table through its centre', async () => {
  const { promise, calibration } = await through(snapshotOf(12, 1, GATE));
  assert.ok(promise !== undefined);
  assert.equal(standingAt(promise, falseMatchRate(1e-4)), 'centred');
  assert.equal(promise.centredBy, 12);
  assert.equal(calibration, TABLE);
});

test('people who differ leave the table as it was delivered', async () => {
  const { promise, calibration } = await through(snapshotOf(12, 0, UNKNOWN_CONDITION));
  assert.ok(promise !== undefined);
  assert.equal(standingAt(promise, falseMatchRate(1e-4)), 'delivered');
  assert.equal(calibration, TABLE);
});

test('nobody and one person alone prove nothing', async () => {
  for (const people of [0, 1]) {
    const { promise, calibration } = await through(snapshotOf(people, 1, GATE));
    assert.deepEqual(promise?.evidence, []);
    assert.equal(calibration, TABLE);
  }
});

test('a comparison without a table promises nothing', async () => {
  const bare = comparisonOf({ ...card, calibration: undefined });
  const { promise, calibration } = await galleryThrough(bare, snapshotOf(3, 1, GATE), openSearch);
  assert.equal(promise, undefined);
  assert.equal(calibration, undefined);
});
