import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelDigest, personId } from '../../../src/base/ids.js';
import { PHOTO } from '../../../src/biometrics/conditions/capture-condition.js';
import { sidesByMetric } from '../../../src/biometrics/head/comparison.js';
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
  gallery.add(cat, Float32Array.of(0, 4), false);
  assert.equal(gallery.size, 4);
  assert.equal(gallery.likeness(probe, ada).other?.person, bob);
  assert.equal(gallery.likeness(probe, cat).own, 0);
  gallery.add(cat, Float32Array.of(0, 4), true);
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
