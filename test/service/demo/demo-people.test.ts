import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  cameraMove,
  enrollmentWindow,
  FILM_SIZE,
  type FoundFace,
  FRAMES_PER_SUBJECT,
  peopleIn,
  runningOrder,
} from '../../../src/service/demo/demo-people.js';
import { areaOf, centreOf, overlap } from '../../../src/vision/geometry.js';

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

test('enrolls every other person, and gives each a name of its own', () => {
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

const face = { x: 700, y: 400, width: 120, height: 150 };
const observations = cameraMove([{ photo: 'a.jpg', face }]);

test('comes nearer: the face fills more and more of the picture until it is reached', () => {
  const widths = observations.slice(0, 20).map(({ window }) => window.width);
  for (const [index, width] of widths.entries()) assert.ok(index === 0 || width <= (widths[index - 1] ?? 0));
});

test('has the face near the middle while it stays', () => {
  for (const { window } of observations.slice(22, 32)) {
    const offset = Math.abs(centreOf(window).x - centreOf(face).x) / window.width;
    assert.ok(offset < 0.02, `${offset}`);
    assert.ok(areaOf(window) * overlap(window, face) > 0.9 * areaOf(face), 'the whole face is in it');
  }
});

test('keeps the aspect of the picture', () => {
  for (const { window } of observations)
    assert.ok(Math.abs(window.width / window.height - FILM_SIZE.width / FILM_SIZE.height) < 1e-9);
});

test('never shows the same picture twice, so that nothing looks frozen', () => {
  const seen = new Set(observations.map((seen) => JSON.stringify(seen)));
  assert.equal(seen.size, FRAMES_PER_SUBJECT);
});

test('ends with nobody in view', () => {
  for (const { window } of observations.slice(-6)) assert.equal(overlap(window, face), 0);
});

test('enrolls from a square that no picture of the film shares', () => {
  const still = enrollmentWindow(face);
  assert.ok(Math.abs(still.width - still.height) < 1e-9);
  assert.ok(still.width < Math.min(...observations.slice(0, 40).map(({ window }) => window.width)));
});
