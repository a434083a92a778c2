import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TwinstileError } from '../../src/base/errors.js';
import { personId } from '../../src/base/ids.js';
import { comparisonOf } from '../../src/biometrics/head/comparison.js';
import { digestOf } from '../../src/biometrics/model-card.js';
import { galleryThrough } from '../../src/lane/gallery-through.js';
import { GrowingGallery } from '../../src/records/people/growing-gallery.js';
import { openSearch } from '../../src/records/people/search.js';
import { cardOf, table } from '../biometrics/head/card-sample.js';
import { halfTwin, numbers, twin } from '../biometrics/head/sample.js';
import { snapshotOf } from '../contracts/search.js';
import { bruteForce } from '../fakes/search.js';

const DIMENSION = 4;
const card = cardOf(DIMENSION, table('the pack'));
const encoder = digestOf(card);
const people = Array.from({ length: 450 }, (_, i) => [`p${i}`, [...numbers(DIMENSION, i + 100)]] as const);
const stored = { ...snapshotOf(people), digest: encoder };

for (const [name, head] of [
  ['no head', undefined],
  ['a twin', { ...twin(DIMENSION, 3), encoder }],
  ['a half-twin', { ...halfTwin(DIMENSION, 3), encoder }],
] as const) {
  const comparison = comparisonOf(card, head);

  test(`with ${name}, lane and enrollment find the same person equally far away`, async () => {
    const { search } = await galleryThrough(comparison, stored, openSearch);
    const enrollment = new GrowingGallery(stored, comparison);
    for (let seed = 1; seed <= 20; seed += 1) {
      const live = numbers(DIMENSION, seed);
      const atGate = await search.nearest(live);
      const { other } = enrollment.likeness(live, personId('new'));
      assert.equal(atGate?.person, other?.person);
      assert.equal(atGate?.distance, other?.distance);
      const row = stored.owners.indexOf(personId(String(atGate?.person)));
      const template = stored.matrix.subarray(row * DIMENSION, (row + 1) * DIMENSION);
      assert.equal(atGate?.distance, comparison.between(template, live));
      assert.equal(search.against(live, personId(String(atGate?.person))), atGate?.distance);
    }
    await search.close();
  });

  test(`with ${name}, a template that joins in the middle of an import is compared like a stored one`, () => {
    const [first] = people;
    assert.ok(first !== undefined);
    const vector = Float32Array.from(first[1]);
    const late = new GrowingGallery({ ...stored, owners: [], matrix: new Float32Array() }, comparison);
    late.add({ person: personId(first[0]), vector: vector }, true);
    const live = numbers(DIMENSION, 7);
    assert.equal(late.likeness(live, personId('new')).other?.distance, comparison.between(vector, live));
  });
}

test('the gallery carries the digest of encoder and head, and what is stored stays as it was', async () => {
  const before = [...stored.matrix];
  const comparison = comparisonOf(card, { ...twin(DIMENSION, 3), encoder });
  const { snapshot } = await galleryThrough(comparison, stored, bruteForce);
  assert.equal(snapshot.digest, comparison.digest);
  assert.notEqual(snapshot.digest, encoder);
  assert.equal(snapshot.matrix.length, stored.owners.length * 3);
  assert.deepEqual([...stored.matrix], before);
});

test('a live vector of no direction, or of another length, is near nobody', async () => {
  const comparison = comparisonOf(card, { ...twin(DIMENSION, 3), encoder });
  const { search } = await galleryThrough(comparison, stored, bruteForce);
  for (const live of [new Float32Array(DIMENSION).fill(Number.NaN), new Float32Array(DIMENSION + 1)])
    assert.equal(await search.nearest(live), undefined);
});

test('refuses templates of another encoder', async () => {
  await assert.rejects(
    galleryThrough(comparisonOf(card), snapshotOf(people), bruteForce),
    (error) => error instanceof TwinstileError && error.code === 'gallery-unusable',
  );
});
