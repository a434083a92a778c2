import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identityMatrix, independentColumns, times } from '../../../src/biometrics/head/matrix.js';
import { numbers } from './sample.js';

const matrix = (rows: number, columns: number, ...values: number[]) => ({
  rows,
  columns,
  data: Float32Array.from(values),
});

test('multiplies row by row', () => {
  assert.deepEqual([...times(matrix(2, 3, 1, 2, 3, 4, 5, 6), Float32Array.of(1, 0, -1))], [-2, -2]);
});

for (const [name, of, rank] of [
  ['the identity', identityMatrix(4), 4],
  ['a zero matrix', matrix(2, 2, 0, 0, 0, 0), 0],
  ['two equal columns', matrix(2, 2, 1, 1, 2, 2), 1],
  ['fewer rows than columns', matrix(1, 3, 0, 1, 2), 1],
  ['more rows than columns', matrix(3, 2, 1, 0, 0, 1, 1, 1), 2],
  ['a first column of nothing', matrix(2, 3, 0, 1, 0, 0, 0, 1), 2],
  ['random numbers', { rows: 20, columns: 20, data: numbers(400, 3) }, 20],
] as const) {
  test(`counts ${rank} independent columns in ${name}`, () => assert.equal(independentColumns(of), rank));
}
