import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TwinstileError } from '../../../src/base/errors.js';
import { modelDigest } from '../../../src/base/ids.js';
import { distanceOf } from '../../../src/biometrics/distance.js';
import { comparisonOf } from '../../../src/biometrics/head/comparison.js';
import { type Head, identityHead, type Projection } from '../../../src/biometrics/head/head.js';
import { digestOf } from '../../../src/biometrics/model-card.js';
import {
  cosineMetric,
  type DeclaredMetric,
  euclideanMetric,
  learnedMetric,
  METRIC_NAMES,
  mahalanobisMetric,
  manhattanMetric,
  measuredBy,
  type Properties,
  squaredEuclideanMetric,
} from '../../../src/biometrics/statistics/metric.js';
import { cardOf } from '../head/card-sample.js';
import { halfTwin, numbers, twin } from '../head/sample.js';

const card = cardOf(4);
const encoder = digestOf(card);
const plain = comparisonOf(card);
const linear = {
  ...twin(),
  encoder,
  live: { unitInput: false, unitOutput: false, linear: { rows: 3, columns: 4, data: numbers(12, 7) } },
  outputs: 3,
};
const behind = comparisonOf(card, { ...linear, template: linear.live });
const [a, b] = [numbers(4, 1), numbers(4, 2)];

for (const name of METRIC_NAMES)
  test(`${name}: measured vector by vector, it is what the metric declares`, () => {
    const comparison = name === 'mahalanobis' || name === 'learned' ? behind : plain;
    const { declared, template, live, measure } = measuredBy(name, comparison);
    const between = typeof measure === 'string' ? distanceOf[measure] : measure;
    assert.equal(declared?.name, name);
    const expected = declared?.between(a, b) ?? Number.NaN;
    assert.ok(
      Math.abs(between(template(a), live(b)) - expected) < 1e-5 * Math.max(1, expected),
      `${expected}`,
    );
  });

test('the plain ones measure what a head makes of the vectors, where there is one', () => {
  const { template, live } = measuredBy('manhattan', behind);
  assert.deepEqual([template(a).length, live(b).length], [3, 3]);
});

for (const [name, metric, comparison] of [
  ['learned without a head', 'learned', plain],
  ['mahalanobis without a head', 'mahalanobis', plain],
  ['mahalanobis behind a half-twin', 'mahalanobis', comparisonOf(card, { ...halfTwin(), encoder })],
] as const)
  test(`refuses ${name}`, () =>
    assert.throws(
      () => measuredBy(metric, comparison),
      (error) => error instanceof TwinstileError && error.code === 'bad-arguments',
    ));

type Three = readonly [Float32Array, Float32Array, Float32Array];

const of = (...values: number[]) => Float32Array.from(values);
const matrix = (rows: number, columns: number, ...values: number[]) => ({
  rows,
  columns,
  data: of(...values),
});
const vector = fc
  .array(fc.integer({ min: -40, max: 40 }), { minLength: 3, maxLength: 3 })
  // Zero has no direction; cosine says so elsewhere.
  .filter((values) => values.some((value) => value !== 0))
  .map((values) => Float32Array.from(values, (value) => value / 4));

const fullRank = matrix(3, 3, 2, 0, 1, 0, 1, 0, 0, 0, 0.5);
const flat = matrix(2, 3, 1, 0, 0, 0, 1, 0);
const anyEncoder = modelDigest('a'.repeat(64));
const headOf = (kind: Head['kind'], template: Projection, live = template): Head => ({
  ...identityHead(anyEncoder, 3),
  kind,
  outputs: template.linear?.rows ?? 3,
  template,
  live,
});
const straight: Projection = { unitInput: false, unitOutput: false, linear: fullRank };
const shifted: Projection = { ...straight, centre: of(1, 0, 0) };

/** With what shows that the property is not there, where it is not declared. */
const CASES: readonly {
  readonly name: string;
  readonly metric: DeclaredMetric;
  readonly lacks: Partial<Record<keyof Properties, Three>>;
}[] = [
  { name: 'euclidean', metric: euclideanMetric, lacks: {} },
  { name: 'manhattan', metric: manhattanMetric, lacks: {} },
  {
    name: 'squared euclidean',
    metric: squaredEuclideanMetric,
    lacks: { triangle: [of(0, 0, 0), of(1, 0, 0), of(2, 0, 0)] },
  },
  {
    name: 'cosine',
    metric: cosineMetric,
    lacks: {
      triangle: [of(1, 0, 0), of(1, 1, 0), of(0, 1, 0)],
      identity: [of(1, 2, 2), of(2, 4, 4), of(1, 0, 0)],
    },
  },
  { name: 'mahalanobis of full rank', metric: mahalanobisMetric(fullRank), lacks: {} },
  {
    name: 'mahalanobis that forgets a direction',
    metric: mahalanobisMetric(flat),
    lacks: { identity: [of(1, 2, 3), of(1, 2, 4), of(0, 0, 0)] },
  },
  {
    name: 'learned, identity',
    metric: learnedMetric({ ...headOf('twin', { unitInput: false, unitOutput: false }) }),
    lacks: {},
  },
  { name: 'learned, linear twin', metric: learnedMetric(headOf('twin', straight)), lacks: {} },
  {
    name: 'learned, linear twin of unit length',
    metric: learnedMetric(headOf('twin', { ...straight, unitOutput: true })),
    lacks: { identity: [of(1, 2, 3), of(2, 4, 6), of(1, 0, 0)] },
  },
  {
    name: 'learned, two-layer twin',
    metric: learnedMetric(
      headOf('twin', {
        ...straight,
        // Twice the rectified value is taken away where x is above 0: x and -x become one.
        linear: matrix(3, 3, 1, 0, 0, 0, 1, 0, 0, 0, 1),
        bend: { hidden: matrix(1, 3, 1, 0, 0), bias: of(0), out: matrix(3, 1, -2, 0, 0) },
      }),
    ),
    lacks: { identity: [of(1, 2, 3), of(-1, 2, 3), of(0, 0, 0)] },
  },
  {
    name: 'learned, half-twin',
    metric: learnedMetric(headOf('half-twin', straight, shifted)),
    lacks: {
      identity: [of(1, 1, 1), of(1, 1, 1), of(0, 0, 0)],
      symmetric: [of(0, 0, 0), of(1, 0, 0), of(0, 0, 0)],
      // What lies one step ahead on the live side seems to be the same, twice over.
      triangle: [of(0, 0, 0), of(1, 0, 0), of(2, 0, 0)],
    },
  },
];

const close = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-5 * Math.max(1, Math.abs(a));
const same = (a: Float32Array, b: Float32Array): boolean => a.every((value, i) => value === b[i]);

const HOLDS: Readonly<Record<keyof Properties, (metric: DeclaredMetric, three: Three) => boolean>> = {
  nonNegative: ({ between }, [a, b]) => between(a, b) >= 0,
  identity: ({ between }, [a, b]) =>
    close(between(a, a), 0) && (same(a, b) ? close(between(a, b), 0) : between(a, b) > 1e-6),
  symmetric: ({ between }, [a, b]) => close(between(a, b), between(b, a)),
  triangle: ({ between }, [a, b, c]) => between(a, c) <= between(a, b) + between(b, c) + 1e-4,
};

for (const { name, metric, lacks } of CASES) {
  for (const property of ['nonNegative', 'identity', 'symmetric', 'triangle'] as const) {
    const declared = metric.has[property];
    test(`${name}: ${declared ? 'keeps' : 'breaks'} ${property}, as declared`, () => {
      const witness = lacks[property];
      assert.equal(declared, witness === undefined, 'a counter-example exactly where nothing is declared');
      if (witness !== undefined) return assert.equal(HOLDS[property](metric, witness), false);
      fc.assert(
        fc.property(vector, vector, vector, (a, b, c) => assert.ok(HOLDS[property](metric, [a, b, c]))),
      );
    });
  }
  test(`${name}: has no answer for unlike lengths or NaN`, () => {
    assert.ok(Number.isNaN(metric.between(of(1, 2), of(1, 2, 3))));
    assert.ok(Number.isNaN(metric.between(of(1, Number.NaN, 2), of(1, 2, 3))));
  });
}

test("mahalanobis is (x - y)' L'L (x - y)", () => {
  // L (1, 2, 4) = (2 + 4, 2, 2)
  assert.ok(close(mahalanobisMetric(fullRank).between(of(1, 2, 4), of(0, 0, 0)), Math.sqrt(36 + 4 + 4)));
});

test('mahalanobis with L = 1 is euclidean', () => {
  const one = mahalanobisMetric(matrix(3, 3, 1, 0, 0, 0, 1, 0, 0, 0, 1));
  fc.assert(
    fc.property(vector, vector, (a, b) => assert.ok(close(one.between(a, b), euclideanMetric.between(a, b)))),
  );
});
