import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomFrom } from '../../../src/base/random.js';
import { euclidean } from '../../../src/biometrics/distance.js';
import { fnirAt, searchesAt } from '../../../src/biometrics/statistics/identification-rates.js';
import { crowd } from './crowd.js';

const photos = crowd({ people: 200, photosOf: (person) => 1 + (person % 3), spread: 0.3, seed: 1 });

test('enrolls so many people and searches with their other photos and with one of everybody else', () => {
  const searches = searchesAt(photos, 50, () => euclidean, randomFrom(1));
  assert.ok(searches !== undefined);
  assert.equal(searches.galleryPeople, 50);
  assert.equal(searches.impostors.length, 150);
  assert.ok(searches.mated.length >= 50 && searches.mated.length <= 100);
});

test('says nothing of a gallery for which there are not enough people', () => {
  assert.equal(
    searchesAt(photos, 200, () => euclidean, randomFrom(1)),
    undefined,
  );
  assert.equal(
    searchesAt(photos, 0, () => euclidean, randomFrom(1)),
    undefined,
  );
  assert.equal(
    searchesAt(photos.slice(0, 0), 1, () => euclidean, randomFrom(1)),
    undefined,
  );
});

test('fills a gallery for which too few people have several photos with those who have one', () => {
  const searches = searchesAt(photos, 150, () => euclidean, randomFrom(1));
  const people = new Set(searches?.mated.map(({ person }) => person));
  assert.equal(
    people.size,
    photos.filter(({ person }, i) => photos[i - 1]?.person === person && photos[i - 2]?.person !== person)
      .length,
  );
  assert.equal(searches?.impostors.length, 50);
});

test('a bigger gallery makes both errors bigger: a stranger is nearer to somebody', () => {
  const at = (size: number) => {
    const searches = searchesAt(photos, size, () => euclidean, randomFrom(1));
    return searches === undefined ? undefined : fnirAt(0.02, searches);
  };
  const small = at(5);
  const large = at(130);
  assert.ok(small !== undefined && large !== undefined);
  assert.ok(large.threshold < small.threshold);
  assert.ok(large.fnir > small.fnir);
});

const stranger = Float32Array.of(2, 3, 4, 5);
const mated = [
  { person: 'p', distance: 1, right: true },
  { person: 'p', distance: 1, right: false },
  { person: 'p', distance: 2.5, right: true },
  { person: 'p', distance: 9, right: true },
];
for (const [name, fpir, fnir] of [
  ['one stranger in four may pass: two own ones are nearer than the second', 0.25, 0.5],
  ['two may pass', 0.5, 0.5],
  ['all may pass: only who is taken for another is missing', 1, 0.25],
] as const) {
  test(`${name}`, () =>
    assert.equal(fnirAt(fpir, { galleryPeople: 2, mated, impostors: stranger })?.fnir, fnir));
}

test('promises no rate that so few strangers cannot show', () => {
  assert.equal(fnirAt(0.1, { galleryPeople: 2, mated, impostors: stranger }), undefined);
  assert.equal(fnirAt(0.5, { galleryPeople: 2, mated: [], impostors: stranger }), undefined);
});
