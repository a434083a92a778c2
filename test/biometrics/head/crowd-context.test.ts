import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import { euclidean } from '../../../src/biometrics/distance.js';
import { applyHead, project } from '../../../src/biometrics/head/apply-head.js';
import { type Crowd, crowding } from '../../../src/biometrics/head/crowd-context.js';
import { digestWithHead, type Head } from '../../../src/biometrics/head/head.js';
import { headFromText, headToText } from '../../../src/biometrics/head/head-file.js';
import { learnedMetric } from '../../../src/biometrics/statistics/metric.js';
import { ENCODER, halfTwin, numbers, twin } from './sample.js';

const crowd: Crowd = {
  places: { rows: 2, columns: 2, data: Float32Array.of(1, 0, 0, 1) },
  shares: Float32Array.of(0.9, 0.1),
  sharpness: 8,
};
const among = (head: Head): Head => ({ ...head, outputs: 4, crowd });
const [a, b] = [numbers(4, 21), numbers(4, 22)];

test('it is more crowded at a place with many faces than at one with few, and least far from all', () => {
  const at = (x: number, y: number) => crowding(crowd, Float32Array.of(x, y));
  assert.ok(at(1, 0) > at(0, 1));
  assert.ok(at(0, 1) > at(-Math.SQRT1_2, -Math.SQRT1_2));
  assert.ok(at(1, 0) <= 1 && at(-1, 0) >= -1);
});

test('a narrow place does not overflow', () => {
  const narrow = { ...crowd, sharpness: 1000 };
  assert.ok(Math.abs(crowding(narrow, Float32Array.of(1, 0)) - 1) < 0.01);
  assert.ok(Number.isNaN(crowding(narrow, Float32Array.of(Number.NaN, 0))));
});

for (const [name, plain] of [
  ['twin', twin()],
  ['half-twin', halfTwin()],
] as const) {
  const head = among(plain);
  test(`behind a ${name} the square of the distance grows by what is crowded at both ends`, () => {
    const [template, live] = [project(head.template, a), project(head.live, b)];
    const expected = euclidean(template, live) ** 2 + 2 + crowding(crowd, template) + crowding(crowd, live);
    const got = euclidean(applyHead(head, 'template', a), applyHead(head, 'live', b)) ** 2;
    assert.ok(Math.abs(got - expected) < 1e-5, `${got} ${expected}`);
  });

  test(`the file of a ${name} carries it, and its digest knows it`, () => {
    assert.deepEqual(headFromText(headToText(head), ENCODER), head);
    const other = { ...head, crowd: { ...crowd, sharpness: 9 } };
    assert.equal(new Set([plain, head, other].map(digestWithHead)).size, 3);
  });
}

test('behind a twin it stays symmetric, and says that nobody is at distance 0 from himself', () => {
  const metric = learnedMetric(among(twin()));
  assert.ok(Math.abs(metric.between(a, b) - metric.between(b, a)) < 1e-5);
  assert.deepEqual([metric.has.symmetric, metric.has.triangle, metric.has.identity], [true, true, false]);
});

for (const [name, wrong] of [
  ['a share of nothing', { shares: Float32Array.of(1, 0) }],
  ['shares that are more than all', { shares: Float32Array.of(0.9, 0.9) }],
  ['a place that is no direction', { places: { ...crowd.places, data: Float32Array.of(2, 0, 0, 1) } }],
  ['places of another size', { places: { rows: 1, columns: 4, data: numbers(4, 1) } }],
  ['numbers that are none', { places: { ...crowd.places, data: Float32Array.of(Number.NaN, 0, 0, 1) } }],
] as const) {
  test(`refuses ${name}`, () => {
    const head = { ...among(twin()), crowd: { ...crowd, ...wrong } };
    assert.throws(
      () => headToText(head),
      (error) => error instanceof TwinstileError && error.code === 'head-refused',
    );
  });
}

test('refuses a crowd behind projections that are of any length', () => {
  const side = { ...twin().live, unitOutput: false };
  assert.throws(() => headToText(among({ ...twin(), template: side, live: side })), /unit length/);
});
