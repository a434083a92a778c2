import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FoundFace, peopleIn, runningOrder } from '../../../src/service/demo/demo-people.js';

const box = { x: 0, y: 0, width: 10, height: 10 };
const at = (photo: string, value: number): FoundFace => ({
  photo,
  face: box,
  embedding: Float32Array.of(value),
});
const apart = (a: Float32Array, b: Float32Array): number => Math.abs((a[0] ?? 0) - (b[0] ?? 0));
const faces = [at('1', 0), at('1', 5), at('2', 0.1), at('2', 9), at('3', 5.2), at('3', 20)];

test('takes faces that are close for one person', () => {
  const people = peopleIn(faces, apart, 0.5);
  assert.deepEqual(
    people.map(({ subjects }) => subjects.map(({ photo }) => photo)),
    [['1', '2'], ['1', '3'], ['2'], ['3']],
  );
});

test('enrols every other person, and gives each a name of its own', () => {
  const people = peopleIn(faces, apart, 0.5);
  assert.deepEqual(
    people.map(({ enrolled }) => enrolled),
    [true, false, true, false],
  );
  assert.equal(new Set(people.map(({ id }) => id)).size, 4);
});

test('shows known people and strangers in turn, each with all their faces', () => {
  const people = peopleIn(faces, apart, 0.5);
  const order = runningOrder(people);
  assert.equal(order.length, faces.length);
  assert.deepEqual(
    order.slice(0, 2).map(({ person }) => people.find(({ id }) => id === person)?.enrolled),
    [true, false],
  );
});
