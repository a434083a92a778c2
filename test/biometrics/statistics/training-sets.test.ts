import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitByPerson } from '../../../src/biometrics/statistics/training-sets.js';

/** 40 people of three photos and 60 of one. */
const photos = Array.from({ length: 100 }, (_, i) =>
  Array.from({ length: i < 40 ? 3 : 1 }, (_, n) => ({ person: `p${i}`, n })),
).flat();
const peopleOf = (part: readonly { readonly person: string }[]) => new Set(part.map(({ person }) => person));

test('nobody is in two parts, and nothing is lost', () => {
  const { train, stop, examine } = splitByPerson(photos, 1);
  assert.equal(train.length + stop.length + examine.length, photos.length);
  assert.equal(peopleOf([...train, ...stop, ...examine]).size, 100);
  assert.equal(peopleOf(train).size + peopleOf(stop).size + peopleOf(examine).size, 100);
});

test('each part has its share of people with several photos', () => {
  const { train, stop, examine } = splitByPerson(photos, 1);
  const several = (part: typeof train) => part.filter(({ n }) => n === 2).length;
  assert.deepEqual([several(train), several(stop), several(examine)], [20, 6, 14]);
});

test('the seed decides, and not the order of the photos', () => {
  assert.deepEqual(
    peopleOf(splitByPerson(photos, 1).train),
    peopleOf(splitByPerson([...photos].reverse(), 1).train),
  );
  assert.notDeepEqual(peopleOf(splitByPerson(photos, 1).train), peopleOf(splitByPerson(photos, 2).train));
});
