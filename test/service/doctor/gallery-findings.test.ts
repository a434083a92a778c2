import assert from 'node:assert/strict';
import { test } from 'node:test';
import { personId } from '../../../src/base/ids.js';
import { randomFrom } from '../../../src/base/random.js';
import { PHOTO } from '../../../src/biometrics/conditions/capture-condition.js';
import { comparisonOf } from '../../../src/biometrics/head/comparison.js';
import { digestOf } from '../../../src/biometrics/model-card.js';
import type { GallerySnapshot } from '../../../src/records/people/gallery-store.js';
import { findingsOn } from '../../../src/service/doctor/gallery-findings.js';
import { cardOf, table } from '../../biometrics/head/card-sample.js';

const DIMENSION = 16;

/** @param spread how far people lie apart; each has two templates. */
function galleryOf(people: number, spread: number): GallerySnapshot {
  const owners = Array.from({ length: people * 2 }, (_, row) => personId(`p${row >> 1}`));
  const matrix = new Float32Array(owners.length * DIMENSION);
  const random = randomFrom(7);
  const places = Array.from({ length: people * DIMENSION }, () => 2 * random() - 1);
  for (const row of owners.keys()) {
    matrix[row * DIMENSION] = 1;
    for (let i = 1; i < DIMENSION; i += 1)
      matrix[row * DIMENSION + i] = spread * (places[(row >> 1) * DIMENSION + i] ?? 0);
  }
  const digest = digestOf(cardOf(DIMENSION));
  return {
    version: 1,
    digest,
    dimension: DIMENSION,
    matrix,
    owners,
    conditions: owners.map(() => PHOTO),
    people: new Map(),
  };
}

const calibrated = comparisonOf(cardOf(DIMENSION, table('test')));
const verdictsOf = (snapshot: GallerySnapshot, comparison = calibrated): readonly string[] =>
  findingsOn(snapshot, comparison).map(({ verdict, detail }) => `${verdict}: ${detail}`);

test('people who are as different as promised are good', () => {
  assert.match(verdictsOf(galleryOf(40, 9)).join(), /^good: 780 pairs/);
});

test('people who are all alike are a warning with counts, and say what to do', () => {
  const [finding] = findingsOn(galleryOf(40, 0.001), calibrated);
  assert.equal(finding?.verdict, 'warning');
  assert.match(finding.detail, /^780 of 780 pairs of people enrolled here match where 1 in 10 /);
  assert.match(finding.todo ?? '', /twinstile calibrate/);
});

test('two people who are alike are no proof', () => {
  assert.match(verdictsOf(galleryOf(2, 9)).join(), /^good/);
});

test('many people are sampled, and without a table or a second person there is nothing to say', () => {
  assert.match(verdictsOf(galleryOf(2000, 9)).join(), /^good: 200028 pairs/);
  assert.deepEqual(verdictsOf(galleryOf(1, 9)), []);
  assert.deepEqual(verdictsOf(galleryOf(40, 9), comparisonOf(cardOf(DIMENSION))), []);
});
