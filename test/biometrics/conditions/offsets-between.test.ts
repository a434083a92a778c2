import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type CaptureCondition,
  PHOTO,
  UNKNOWN_CONDITION,
  WEBCAM,
} from '../../../src/biometrics/conditions/capture-condition.js';
import { UNSTRETCHED } from '../../../src/biometrics/conditions/centred.js';
import { offsetsTo } from '../../../src/biometrics/conditions/offset-plan.js';
import { offsetsBetween, planAt } from '../../../src/biometrics/conditions/offsets-between.js';

const GATE = `camera/${'a'.repeat(16)}/color` as CaptureCondition;
const YARD = `camera/${'b'.repeat(16)}/color` as CaptureCondition;
const cameras = new Map([
  [GATE, { mean: Float64Array.of(0.6, 0), people: 2 }],
  [YARD, { mean: Float64Array.of(0, 0.8), people: 6 }],
]);
const known = {
  template: cameras,
  live: cameras,
  photographs: { mean: Float64Array.of(0.1, 0.1), people: 3000 },
};
const between = offsetsBetween(known);
const listed = (a: CaptureCondition, b: CaptureCondition): readonly (readonly number[] | undefined)[] => {
  const { template, live } = between(a, b);
  return [template, live].map((offset) => offset && [...offset].map((value) => Number(value.toFixed(6))));
};

test('templates of cameras lose their own camera’s centre, each by its share', () => {
  assert.deepEqual(listed(GATE, GATE), [
    [0.3, 0],
    [0.3, 0],
  ]);
  assert.deepEqual(listed(YARD, GATE), [
    [0, 0.6],
    [0.3, 0],
  ]);
});

test('a photograph loses the photographs’ centre by the share of the camera that it meets', () => {
  for (const photo of [PHOTO, UNKNOWN_CONDITION]) {
    assert.deepEqual(listed(photo, GATE), [
      [0.05, 0.05],
      [0.3, 0],
    ]);
    assert.deepEqual(listed(GATE, photo), [
      [0.3, 0],
      [0.05, 0.05],
    ]);
  }
});

test('two photographs, and conditions without a centre, stay as they are', () => {
  assert.deepEqual(listed(PHOTO, UNKNOWN_CONDITION), [undefined, undefined]);
  assert.deepEqual(listed(PHOTO, WEBCAM), [undefined, undefined]);
  assert.deepEqual(offsetsBetween({ ...known, photographs: undefined })(PHOTO, GATE).template, undefined);
});

test('distances count as much longer as at a lane of the live side’s camera, and to photographs as they are', () => {
  for (const [a, b] of [
    [GATE, GATE],
    [YARD, GATE],
    [GATE, YARD],
    [GATE, WEBCAM],
  ] as const)
    assert.deepEqual(between(a, b), offsetsTo(planAt(known, b), a));
  assert.ok((between(GATE, GATE).stretch?.centred ?? 0) > 1);
  assert.ok((between(YARD, GATE).stretch?.raw ?? 0) > 1);
  assert.ok((between(GATE, WEBCAM).stretch?.raw ?? 0) > 1);
  for (const [a, b] of [
    [PHOTO, GATE],
    [GATE, PHOTO],
    [PHOTO, PHOTO],
  ] as const)
    assert.deepEqual(between(a, b).stretch ?? UNSTRETCHED, UNSTRETCHED);
});
