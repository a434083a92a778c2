import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { normal, randomFrom } from '../../../../src/base/random.js';
import { throughUnitRows, toUnitRows } from '../../../../src/biometrics/statistics/unit-length.js';
import { contrastiveLoss, tripletLoss } from '../../../../src/lab/train/metric-learning/rows.js';
import { byFiniteDifferences, largestDifference } from './gradients.js';

const line = (...values: number[]) => ({ vectors: Float64Array.from(values), dimension: 1 });
const one = { anchor: 0, positive: 1, negative: 2 };

for (const [name, rows, loss] of [
  ['nothing when the stranger is farther by the margin', line(0, 1, 3), 0],
  ['what is missing to the margin', line(0, 1, 2), 5 + 1 - 4],
  ['the margin and more when the stranger is nearer', line(0, 2, 1), 5 + 4 - 1],
  ['the margin when all is one point', line(0, 0, 0), 5],
] as const) {
  test(`triplet loss is ${name}`, () => assert.equal(tripletLoss(rows, [one], 5).loss, loss));
}

for (const [name, pair, rows, loss] of [
  ["half the square of one person's distance", { a: 0, b: 1, same: true }, line(0, 3), 4.5],
  ['nothing for strangers beyond the margin', { a: 0, b: 1, same: false }, line(0, 3), 0],
  ['half the square of what strangers lack', { a: 0, b: 1, same: false }, line(0, 0.5), 0.5 * 1.5 ** 2],
] as const) {
  test(`contrastive loss is ${name}`, () => assert.equal(contrastiveLoss(rows, [pair], 2).loss, loss));
}

test('both are means, and count the terms that still teach', () => {
  const rows = line(0, 1, 3, 2);
  const far = { anchor: 0, positive: 1, negative: 2 };
  const near = { anchor: 0, positive: 1, negative: 3 };
  const { loss, active } = tripletLoss(rows, [far, near], 5);
  assert.deepEqual({ loss, active }, { loss: (0 + 2) / 2, active: 1 });
  const pairs = [
    { a: 0, b: 1, same: true },
    { a: 0, b: 2, same: false },
  ];
  const contrastive = contrastiveLoss(rows, pairs, 2);
  assert.deepEqual([contrastive.loss, contrastive.active], [0.5 / 2, 1]);
});

test('a row that stands aside is farther from everybody', () => {
  const aside = Float64Array.of(1, 2, 0);
  assert.equal(tripletLoss({ ...line(0, 1, 2), aside }, [one], 5).loss, 5 + (1 + 3) - (4 + 1));
  assert.equal(contrastiveLoss({ ...line(0, 1), aside }, [{ a: 0, b: 1, same: true }], 2).loss, 0.5 * 4);
});

test('no terms, no loss, and no division by nothing', () => {
  assert.equal(tripletLoss(line(0, 1), [], 1).loss, 0);
  assert.equal(contrastiveLoss(line(0, 1), [], 1).loss, 0);
});

test('strangers at one point get no direction, and no NaN', () => {
  const { gradient } = contrastiveLoss(line(1, 1), [{ a: 0, b: 1, same: false }], 1);
  assert.deepEqual([...gradient], [0, 0]);
});

const DIMENSION = 3;
const five = fc.integer().map((seed) => {
  const random = randomFrom(seed);
  return Float64Array.from({ length: 5 * DIMENSION }, () => normal(random));
});
const triplets = [
  { anchor: 0, positive: 1, negative: 2 },
  { anchor: 1, positive: 0, negative: 4 },
  { anchor: 3, positive: 4, negative: 0 },
];
const pairs = [
  { a: 0, b: 1, same: true },
  { a: 0, b: 2, same: false },
  { a: 3, b: 4, same: true },
  { a: 1, b: 4, same: false },
];
const losses = {
  triplet: (vectors: Float64Array) => tripletLoss({ vectors, dimension: DIMENSION }, triplets, 0.7),
  contrastive: (vectors: Float64Array) => contrastiveLoss({ vectors, dimension: DIMENSION }, pairs, 1.1),
  'weighed contrastive': (vectors: Float64Array) =>
    contrastiveLoss({ vectors, dimension: DIMENSION }, pairs, 1.1, 0.25),
};

for (const [name, loss] of Object.entries(losses)) {
  test(`the gradient of ${name} loss agrees with finite differences`, () => {
    fc.assert(
      fc.property(five, (vectors) => {
        // At the edge of a margin or at distance 0 there is a bend, and a difference across it is no slope.
        fc.pre(awayFromBends(vectors));
        const numeric = byFiniteDifferences((at) => loss(at).loss, vectors);
        assert.ok(largestDifference(loss(vectors).gradient, numeric) < 1e-5);
      }),
    );
  });

  test(`so does the gradient of ${name} loss through unit length`, () => {
    fc.assert(
      fc.property(five, (vectors) => {
        // Near zero a direction turns faster than any step is small.
        fc.pre(rowsOf(vectors).every((row) => Math.hypot(...row) > 0.3));
        const unit = toUnitRows(vectors, DIMENSION);
        fc.pre(awayFromBends(unit.unit));
        const through = throughUnitRows(unit, loss(unit.unit).gradient, DIMENSION);
        const numeric = byFiniteDifferences((at) => loss(toUnitRows(at, DIMENSION).unit).loss, vectors);
        assert.ok(largestDifference(through, numeric) < 1e-4);
      }),
    );
  });
}

const rowsOf = (vectors: Float64Array): readonly Float64Array[] =>
  Array.from({ length: vectors.length / DIMENSION }, (_, row) =>
    vectors.subarray(row * DIMENSION, (row + 1) * DIMENSION),
  );

function awayFromBends(vectors: Float64Array): boolean {
  const squared = (i: number, j: number): number => {
    let sum = 0;
    for (let k = 0; k < DIMENSION; k += 1)
      sum += ((vectors[i * DIMENSION + k] ?? 0) - (vectors[j * DIMENSION + k] ?? 0)) ** 2;
    return sum;
  };
  return (
    triplets.every(
      ({ anchor, positive, negative }) =>
        Math.abs(squared(anchor, positive) - squared(anchor, negative) + 0.7) > 1e-3,
    ) && pairs.every(({ a, b }) => squared(a, b) > 1e-3 && Math.abs(Math.sqrt(squared(a, b)) - 1.1) > 1e-3)
  );
}
