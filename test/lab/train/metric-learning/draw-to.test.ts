import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normal, randomFrom } from '../../../../src/base/random.js';
import { times } from '../../../../src/biometrics/head/matrix.js';
import { facesOf, withinCovariance } from '../../../../src/lab/train/metric-learning/faces.js';
import { drawTo } from '../../../../src/lab/train/metric-learning/start.js';
import type { TrainingSet } from '../../../../src/lab/train/metric-learning/training-plan.js';

const SHOTS = 300;
const random = randomFrom(2);
const clean = Array.from({ length: SHOTS }, () => [normal(random), normal(random)]);
/** The template side sees the first number with the sign turned and half of the second. */
const worse = clean.map(([x = 0, y = 0]) => [-x, y / 2]);
const vectors = Float32Array.from([...worse, ...clean].flat());
const sides = Uint8Array.from({ length: 2 * SHOTS }, (_, row) => (row < SHOTS ? 0 : 1));
const shot = Int32Array.from({ length: 2 * SHOTS }, (_, row) => row % SHOTS);
const set: TrainingSet = { vectors, dimension: 2, sides, people: shot, shots: shot };
const off = (of: TrainingSet, hold: number): number => {
  const faces = { template: facesOf(of, false, 'template'), live: facesOf(of, false, 'live') };
  const map = drawTo(of, faces, false, hold);
  const [x = 0, y = 0] = times(map, Float64Array.of(-1, 0.5));
  return Math.hypot(x - 1, y - 1);
};

test('finds the map from a worse copy to the shot itself', () => assert.ok(off(set, 1e-3) < 0.1));
test('the more it is held, the less it changes', () => {
  assert.ok(off(set, 1e-3) < off(set, 1) && off(set, 1) < off(set, 1e6));
  assert.ok(Math.abs(off(set, 1e6) - Math.hypot(-1 - 1, 0.5 - 1)) < 1e-3);
});
test('without shots a template is drawn to its person', () => {
  const { shots: _, ...nameless } = set;
  assert.ok(Math.abs(off(nameless, 1e-3) - off(set, 1e-3)) < 1e-6);
});

test('the scatter within people counts each person once and nobody with a single look', () => {
  const look = (person: number, ...vector: number[]) => ({ person, vector: Float64Array.from(vector) });
  const steady = Array.from({ length: 100 }, (_, i) => look(1, i % 2, 0));
  const looks = [look(0, 0, -1), look(0, 0, 1), ...steady, look(2, 50, 50)];
  const within = withinCovariance(looks, 2) ?? new Float64Array();
  assert.deepEqual(
    [...within].map((value) => Number(value.toFixed(3))),
    [0.126, 0, 0, 1],
  );
  assert.equal(withinCovariance([look(0, 1, 1), look(1, 2, 2)], 2), undefined);
});
