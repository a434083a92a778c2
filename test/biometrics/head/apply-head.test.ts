import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyHead, applyHeadToRows, project } from '../../../src/biometrics/head/apply-head.js';
import { identityHead } from '../../../src/biometrics/head/head.js';
import { ENCODER, halfTwin, numbers } from './sample.js';

const of = (...values: number[]) => Float32Array.from(values);
const matrix = (rows: number, columns: number, ...values: number[]) => ({
  rows,
  columns,
  data: of(...values),
});
const plain = { unitInput: false, unitOutput: false };

for (const [name, projection, input, output] of [
  ['nothing', plain, of(3, 4), of(3, 4)],
  ['the centre', { ...plain, centre: of(1, 2) }, of(3, 4), of(2, 2)],
  ['the length of what comes in', { ...plain, unitInput: true }, of(3, 4), of(0.6, 0.8)],
  ['the length of what goes out', { ...plain, unitOutput: true }, of(3, 4), of(0.6, 0.8)],
  ['a matrix after the centre', { ...plain, centre: of(1, 0), linear: matrix(1, 2, 2, 3) }, of(3, 4), of(16)],
  [
    'a second way that is open',
    { ...plain, bend: { hidden: matrix(1, 2, 1, 1), bias: of(-5), out: matrix(2, 1, 10, 20) } },
    of(3, 4),
    of(23, 44),
  ],
  [
    'a second way that is shut',
    { ...plain, bend: { hidden: matrix(1, 2, 1, 1), bias: of(-9), out: matrix(2, 1, 10, 20) } },
    of(3, 4),
    of(3, 4),
  ],
] as const) {
  test(`applies ${name}`, () => assert.deepEqual(project(projection, input), output));
}

test('leaves the vector that it was given as it was', () => {
  const given = of(3, 4);
  project({ unitInput: true, unitOutput: true, centre: of(1, 1) }, given);
  assert.deepEqual(given, of(3, 4));
});

test('uses the side that is asked for', () => {
  const head = halfTwin();
  const vector = numbers(4, 99);
  assert.deepEqual(applyHead(head, 'template', vector), project(head.template, vector));
  assert.deepEqual(applyHead(head, 'live', vector), project(head.live, vector));
  assert.notDeepEqual(applyHead(head, 'live', vector), applyHead(head, 'template', vector));
});

test('projects a gallery row by row as it projects one vector', () => {
  const head = halfTwin();
  const gallery = numbers(4 * 5, 5);
  const projected = applyHeadToRows(head, 'template', gallery);
  assert.equal(projected.length, 2 * 5);
  for (let row = 0; row < 5; row += 1)
    assert.deepEqual(
      projected.slice(row * 2, row * 2 + 2),
      applyHead(head, 'template', gallery.subarray(row * 4, row * 4 + 4)),
    );
});

for (const [name, vector] of [
  ['of another length', of(1, 2, 3)],
  ['with NaN', of(1, Number.NaN, 3, 4)],
] as const) {
  test(`makes NaN, which never matches, of a vector ${name}`, () => {
    assert.ok(applyHead(halfTwin(), 'live', vector).every(Number.isNaN));
  });
}

test('the identity gives back what it gets', () => {
  assert.deepEqual(applyHead(identityHead(ENCODER, 2), 'live', of(3, 4)), of(3, 4));
});
