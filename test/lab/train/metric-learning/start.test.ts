import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normal, randomFrom } from '../../../../src/base/random.js';
import { euclidean } from '../../../../src/biometrics/distance.js';
import { project } from '../../../../src/biometrics/head/apply-head.js';
import { startsFor } from '../../../../src/lab/train/metric-learning/start.js';

const DIMENSION = 4;
const random = randomFrom(1);
/** 200 people of one photo, and one person of 400; the first number varies most. */
const vectors = Float32Array.from({ length: 600 * DIMENSION }, (_, at) =>
  at < 200 * DIMENSION ? (at % DIMENSION === 0 ? 9 : 1) * normal(random) + 3 : 50,
);
const people = Int32Array.from({ length: 600 }, (_, row) => Math.min(row, 200));
const [trunk, whitened] = startsFor({ vectors, dimension: DIMENSION, people }, 'euclidean').map(
  ({ live }) => live,
);
assert.ok(trunk !== undefined && whitened !== undefined);
const row = (at: number) => vectors.subarray(at * DIMENSION, (at + 1) * DIMENSION);

test("one start keeps the trunk's distances in their order", () => {
  const ratios = Array.from({ length: 50 }, (_, i) => {
    const after = euclidean(project(trunk, row(i)), project(trunk, row(i + 60)));
    return after / euclidean(row(i), row(i + 60));
  });
  for (const ratio of ratios) assert.ok(Math.abs(ratio / (ratios[0] ?? 0) - 1) < 1e-5);
});

test('a person with many photographs does not pull the centre to itself', () => {
  for (const value of trunk.centre ?? []) assert.ok(value < 5, `${value}`);
});

test('outputs have a length of about 1', () => {
  const lengths = Array.from({ length: 200 }, (_, i) => Math.hypot(...project(trunk, row(i))) ** 2);
  const mean = lengths.reduce((sum, value) => sum + value, 0) / lengths.length;
  assert.ok(mean > 0.3 && mean < 1.5, `${mean}`);
  assert.ok(Math.abs(Math.hypot(...project(whitened, row(0))) - 1) < 1e-6);
});

test('the other turns down the direction in which everybody differs', () => {
  const { data } = whitened.linear ?? { data: new Float32Array() };
  const gain = (column: number) =>
    Math.hypot(...Array.from({ length: DIMENSION }, (_, i) => data[i * DIMENSION + column] ?? 0));
  assert.ok(gain(0) < 0.7 * gain(1), `${gain(0)} ${gain(1)}`);
});

test('encoders measured by cosine begin on the sphere', () => {
  for (const { live } of startsFor({ vectors, dimension: DIMENSION, people }, 'cosine'))
    assert.ok(live.unitInput);
});

test('templates that are shifted and turned are drawn over to the live faces of the same people', () => {
  const faces = Array.from({ length: 100 }, () => Array.from({ length: 2 }, () => normal(random)));
  const seen = faces.flatMap(([x = 0, y = 0]) => [20 - y, x - 7, x, y]);
  const set = {
    vectors: Float32Array.from(seen),
    dimension: 2,
    people: Int32Array.from({ length: 200 }, (_, row) => Math.floor(row / 2)),
    sides: Uint8Array.from({ length: 200 }, (_, row) => row % 2),
  };
  const apart = startsFor(set, 'euclidean').map(({ template, live }) =>
    faces.reduce((sum, [x = 0, y = 0]) => {
      const here = project(live, Float32Array.of(x, y));
      return sum + euclidean(project(template, Float32Array.of(20 - y, x - 7)), here) / faces.length;
    }, 0),
  );
  const [own = 0] = apart;
  assert.ok(Math.min(...apart) < 0.4 * own, `${apart}`);
});
