import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fmrBound } from '../../../src/access/fmr-bound.js';
import { falseMatchRate, millis } from '../../../src/base/units.js';
import { type CaptureCondition, PHOTO } from '../../../src/biometrics/conditions/capture-condition.js';
import type { CalibrationTable } from '../../../src/biometrics/model-card.js';
import { siteEvidence } from '../../../src/biometrics/statistics/site-promise.js';
import { identificationBound, promiseOf, standingOf } from '../../../src/lane/decision/promise.js';
import { snapshotOf } from '../../contracts/search.js';

const GATE = `camera/${'a'.repeat(16)}/color` as CaptureCondition;

const TABLE: CalibrationTable = {
  source: 'a test',
  people: 2000,
  impostorPairs: 25_000_000,
  matedPairs: 2000,
  rows: [
    { distance: 0, fmr: 1e-7 },
    { distance: 1, fmr: 1e-3 },
    { distance: 2, fmr: 1 },
  ],
};

const galleryOf = (people: readonly string[], condition: CaptureCondition, calibration = TABLE) => {
  const snapshot = snapshotOf(people.map((person) => [person, [1, 0]] as const));
  return { calibration, snapshot: { ...snapshot, conditions: people.map(() => condition) } };
};

const window = { framesNeeded: 3, window: millis(2000) };
const RULES = {
  identification: { ...window, maxFpir: 1e-3, minMarginRatio: 10 },
  verification: { ...window, maxFmr: falseMatchRate(1e-4), badgeValid: millis(8000) },
};

test('a person who is enrolled alone, by a camera, is held to the smallest rate that is surely measured', () => {
  assert.equal(identificationBound(galleryOf(['ada', 'ada'], GATE), 1e-3), 1e-5);
  assert.equal(identificationBound(galleryOf(['ada', 'bob'], GATE), 1e-3), fmrBound(1e-3, 2));
  assert.equal(identificationBound(galleryOf(['ada', 'ada'], PHOTO), 1e-3), fmrBound(1e-3, 2));
});

test('a table of few pairs, or a stricter rule, leaves the bound as it is', () => {
  const few = { ...TABLE, impostorPairs: 200 };
  assert.equal(identificationBound(galleryOf(['ada'], GATE, few), 1e-3), fmrBound(1e-3, 1));
  assert.equal(identificationBound(galleryOf(['ada'], GATE), 1e-7), fmrBound(1e-7, 1));
  assert.equal(identificationBound(galleryOf([], GATE), 1e-3), fmrBound(1e-3, 0));
});

test('what a promise rests on is said for each way of being let in, at the rate that it asks for', () => {
  const evidence = [
    siteEvidence(TABLE, { template: GATE, distances: new Float32Array(40_000).fill(1.5) }),
    siteEvidence(TABLE, { template: PHOTO, distances: new Float32Array(40_000).fill(1.5) }),
  ];
  const gallery = {
    ...galleryOf(
      Array.from({ length: 300 }, (_, i) => `p${i}`),
      GATE,
    ),
    promise: { evidence, centredBy: 299.6 },
  };
  assert.deepEqual(promiseOf(gallery, RULES), {
    identification: 'centred',
    verification: 'measured',
    centrePeople: 300,
    pairs: 80_000,
  });
  assert.equal(standingOf('verification', gallery, RULES), 'measured');
});

test('a way of being let in that a lane does not offer promises nothing, nor does a gallery of which nothing is known', () => {
  const gallery = galleryOf(['ada'], GATE);
  assert.equal(promiseOf(gallery, RULES), undefined);
  const known = { ...gallery, promise: { evidence: [], centredBy: 0 } };
  assert.deepEqual(promiseOf(known, { verification: RULES.verification }), {
    identification: undefined,
    verification: 'delivered',
    centrePeople: 0,
    pairs: 0,
  });
});
