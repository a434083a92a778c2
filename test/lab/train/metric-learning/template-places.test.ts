import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normal, randomFrom } from '../../../../src/base/random.js';
import { crowdAt, placesOf } from '../../../../src/lab/train/metric-learning/template-places.js';

const DIMENSION = 3;
/** `count` faces about each of six directions; nine of ten about the first. */
function setOf(count: number, peopleEach: number) {
  const random = randomFrom(5);
  const corners = [
    [9, 0, 0],
    [-9, 0, 0],
    [0, 9, 0],
    [0, -9, 0],
    [0, 0, 9],
    [0, 0, -9],
  ];
  const rows = corners.flatMap((corner, place) =>
    Array.from({ length: place === 0 ? 9 * count : count }, () =>
      corner.map((value) => value + normal(random)),
    ),
  );
  return {
    vectors: Float32Array.from(rows.flat()),
    dimension: DIMENSION,
    people: Int32Array.from(rows, (_, row) => Math.floor(row / (count / peopleEach))),
  };
}
const plain = { unitInput: false, unitOutput: true };

test('places lie where faces do, with their shares, the same for the same seed', () => {
  const places = placesOf(setOf(40, 10), 'euclidean', 1);
  assert.ok(places !== undefined);
  assert.deepEqual(placesOf(setOf(40, 10), 'euclidean', 1), places);
  const { places: at, shares } = crowdAt(places, plain, 8);
  assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-6);
  let about = 0;
  shares.forEach((share, row) => {
    const vector = at.data.subarray(row * DIMENSION, (row + 1) * DIMENSION);
    assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-6);
    if ((vector[0] ?? 0) > 0.8) about += share;
  });
  assert.ok(about > 0.5 && about < 0.75, `${about}`);
});

test('no place is the face of one or two people', () => {
  const set = setOf(40, 10);
  const twoPeople = { ...set, people: set.people.map((person) => person % 2) };
  assert.equal(placesOf(twoPeople, 'euclidean', 1), undefined);
});

test('few faces have no places', () => assert.equal(placesOf(setOf(3, 3), 'euclidean', 1), undefined));

test('template faces do not take part', () => {
  const set = setOf(40, 10);
  const sides = Uint8Array.from(set.people, (_, row) => (row < 360 ? 0 : 1));
  const places = placesOf({ ...set, sides }, 'euclidean', 1);
  for (let place = 0; place < (places?.shares.length ?? 0); place += 1)
    assert.ok((places?.means[place * DIMENSION] ?? 9) < 5);
});
