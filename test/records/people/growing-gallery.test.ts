import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelDigest, personId } from '../../../src/base/ids.js';
import { type CaptureCondition, PHOTO } from '../../../src/biometrics/conditions/capture-condition.js';
import { euclidean } from '../../../src/biometrics/distance.js';
import { type Sides, sidesByMetric } from '../../../src/biometrics/head/comparison.js';
import { GrowingGallery } from '../../../src/records/people/growing-gallery.js';
import { sameFields } from '../../support/same-fields.js';

const [ada, bob, cat] = ['ada', 'bob', 'cat'].map(personId) as [
  ReturnType<typeof personId>,
  ReturnType<typeof personId>,
  ReturnType<typeof personId>,
];
const snapshot = {
  version: 1,
  digest: modelDigest('d'),
  dimension: 2,
  matrix: Float32Array.of(0, 0, 0, 3, 3, 0),
  owners: [ada, ada, bob],
  conditions: [PHOTO, PHOTO, PHOTO],
  people: new Map(),
};
const probe = Float32Array.of(0, 4);

test('tells the nearest own template from the nearest of anybody else', () => {
  const gallery = new GrowingGallery(snapshot, sidesByMetric('euclidean'));
  sameFields(gallery.likeness(probe, ada), {
    other: { person: bob, distance: 5 },
    own: 1,
  });
  sameFields(gallery.likeness(probe, cat), { other: { person: ada, distance: 1 } });
});

test('compares with what was added, but without consent only with the same person', () => {
  const gallery = new GrowingGallery(snapshot, sidesByMetric('euclidean'));
  gallery.add({ person: cat, vector: Float32Array.of(0, 4) }, false);
  assert.equal(gallery.size, 4);
  assert.equal(gallery.likeness(probe, ada).other?.person, bob);
  assert.equal(gallery.likeness(probe, cat).own, 0);
  gallery.add({ person: cat, vector: Float32Array.of(0, 4) }, true);
  sameFields(gallery.likeness(probe, ada).other, { person: cat, distance: 0 });
});

test('an empty gallery is like nobody', () =>
  sameFields(
    new GrowingGallery(
      { ...snapshot, matrix: new Float32Array(), owners: [], conditions: [] },
      sidesByMetric('cosine'),
    ).likeness(probe, ada),
    {},
  ));

const HERE = 'camera/0000000000000001/color' as CaptureCondition;
const unit: Sides = { ...sidesByMetric('euclidean'), centring: { size: 4 } };
/** The first number is the wall that all looks of the camera share, each other one a person. */
const before = (own: number): Float32Array => {
  const vector = new Float32Array([0.8, 0, 0, 0]);
  vector[own] = 0.6;
  return vector;
};
const nobody = { ...snapshot, dimension: 4, matrix: new Float32Array(), owners: [], conditions: [] };

test('people before one wall are compared without it, by the centre of those who joined before them', () => {
  const raw = new GrowingGallery(nobody, sidesByMetric('euclidean'));
  const gallery = new GrowingGallery(nobody, unit);
  for (const one of [raw, gallery])
    for (let look = 0; look < 3; look += 1)
      one.add({ person: ada, vector: before(1), condition: HERE }, true);
  const [asItIs, without] = [raw, gallery].map(
    (one) => one.likeness(before(2), bob, HERE).other?.distance ?? 0,
  );
  assert.ok(
    asItIs !== undefined && without !== undefined && asItIs < 0.85 && without > 1,
    `${asItIs} ${without}`,
  );
  assert.equal(gallery.likeness(before(1), ada, HERE).own, 0);
  // Another look of the same place, with two people: the centre moved, and both are compared by it.
  gallery.add({ person: bob, vector: before(2), condition: HERE }, true);
  assert.ok((gallery.likeness(before(3), cat, HERE).other?.distance ?? 0) > without);
});

test('a photograph from elsewhere is compared as it is with other photographs', () => {
  const gallery = new GrowingGallery(nobody, unit);
  gallery.add({ person: bob, vector: before(2), condition: HERE }, true);
  gallery.add({ person: ada, vector: before(1) }, true);
  const { own } = gallery.likeness(before(2), ada);
  assert.equal(own, euclidean(before(1), before(2)));
});
