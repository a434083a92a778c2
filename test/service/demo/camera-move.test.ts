import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  cameraMove,
  enrollmentWindow,
  FILM_SIZE,
  FRAMES_PER_SUBJECT,
} from '../../../src/service/demo/camera-move.js';
import { areaOf, centreOf, overlap } from '../../../src/vision/geometry.js';

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

test('enrols from a square that no picture of the film shares', () => {
  const still = enrollmentWindow(face);
  assert.ok(Math.abs(still.width - still.height) < 1e-9);
  assert.ok(still.width < Math.min(...observations.slice(0, 40).map(({ window }) => window.width)));
});
