import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trackId } from '../../../src/base/ids.js';
import type { FivePoints } from '../../../src/vision/detection/face.js';
import { reportOf } from '../../../src/vision/pipeline/frame-report.js';

const track = trackId('t-1');
/** @param nose where the tip of the nose is, between eyes at x -10 and 10 and a mouth 20 below. */
const pointsWith = (nose: { x: number; y: number }): FivePoints => [
  { x: -10, y: 0 },
  { x: 10, y: 0 },
  nose,
  { x: -8, y: 20 },
  { x: 8, y: 20 },
];
const reported = (points: FivePoints, atGate = true, light = 2) =>
  reportOf(
    {
      face: { box: { x: 0, y: 0, width: 40, height: 50 }, score: 0.9, points },
      track,
      atGate,
      problems: [],
      qualityScore: 1,
      light,
      tint: 0,
      appearance: [] as never,
    },
    {
      embedding: undefined,
      aliveness: { scored: undefined, scoredAt: new Map() },
      replacedAt: new Map(),
    },
  );

test('a face at the gate is reported with its pose: a nose towards the left eye is a turn to the left', () => {
  assert.deepEqual(reported(pointsWith({ x: 0, y: 10 })).pose, { turn: 0, nod: 0.5 });
  assert.deepEqual(reported(pointsWith({ x: 5, y: 10 })).pose, { turn: 0.25, nod: 0.5 });
  assert.deepEqual(reported(pointsWith({ x: -5, y: 12 })).pose, { turn: -0.25, nod: 0.6 });
});

test('a face that is not at the gate, and landmarks that coincide, have no pose', () => {
  assert.equal(reported(pointsWith({ x: 0, y: 10 }), false).pose, undefined);
  const point = { x: 3, y: 3 };
  assert.equal(reported([point, point, point, point, point]).pose, undefined);
});

test('a face at the gate is reported with its light, one elsewhere and one without a number are not', () => {
  const points = pointsWith({ x: 0, y: 10 });
  assert.equal(reported(points, true, 0.5).light, 0.5);
  assert.equal(reported(points, true, 1e9).light, 100);
  assert.equal(reported(points, true, Number.NaN).light, undefined);
  assert.equal(reported(points, false, 0.5).light, undefined);
});
