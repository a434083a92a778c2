import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import { distanceOf } from '../../../src/biometrics/distance.js';
import { comparisonOf } from '../../../src/biometrics/head/comparison.js';
import { digestOf } from '../../../src/biometrics/model-card.js';
import { METRIC_NAMES, measuredBy } from '../../../src/biometrics/statistics/metric-by-name.js';
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
