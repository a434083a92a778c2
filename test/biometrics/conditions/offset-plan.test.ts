import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type CaptureCondition,
  PHOTO,
  UNKNOWN_CONDITION,
} from '../../../src/biometrics/conditions/capture-condition.js';
import { UNSTRETCHED } from '../../../src/biometrics/conditions/centred.js';
import { offsetPlan } from '../../../src/biometrics/conditions/offset-plan.js';

const HERE = 'camera/0000000000000001/color' as CaptureCondition;
const THERE = 'camera/0000000000000002/color' as CaptureCondition;
const NOWHERE = 'camera/0000000000000003/color' as CaptureCondition;
const centre = (value: number, people: number) => ({ mean: Float64Array.of(value), people });
const photographs = centre(0.1, 3000);
const here = centre(0.6, 1);
const templates = new Map([
  [HERE, here],
  [THERE, centre(0.9, 4)],
]);
const near = (a: Float64Array | undefined, b: number): boolean =>
  Math.abs((a?.[0] ?? Number.NaN) - b) < 1e-12;
const plan = offsetPlan({ live: here, templates, photographs });

test('the live side and templates of its camera lose the same share of the same centre', () => {
  assert.ok(near(plan.live, 0.6 / 3) && near(plan.template(HERE), 0.6 / 3));
  assert.equal(plan.people, 1);
});

test('photographs lose their own centre by the live side’s share, however many they are made of', () => {
  for (const condition of [PHOTO, UNKNOWN_CONDITION]) assert.ok(near(plan.template(condition), 0.1 / 3));
});

test('templates of another camera lose that camera’s centre by that camera’s share', () => {
  assert.ok(near(plan.template(THERE), (0.9 * 2) / 3));
});

test('a side whose centre is unknown stays raw', () => {
  assert.equal(plan.template(NOWHERE), undefined);
  assert.equal(offsetPlan({ live: here, templates }).template(PHOTO), undefined);
});

test('raw distances to another camera count longer, to this camera and to photographs as they are', () => {
  const known = offsetPlan({ here: HERE, live: here, templates, photographs });
  const longer = (condition: CaptureCondition, of = known): number =>
    of.stretch?.(condition).raw ?? Number.NaN;
  assert.ok(longer(THERE) > 1);
  const otherLight = HERE.replace('color', 'infrared') as CaptureCondition;
  for (const condition of [HERE, otherLight, PHOTO, UNKNOWN_CONDITION, NOWHERE])
    assert.equal(longer(condition), 1);
});

test('where the live side is not known, its own camera is another one, too: it may have been moved', () => {
  const moved = offsetPlan({ here: HERE, templates, photographs });
  assert.ok((moved.stretch?.(HERE).raw ?? 0) > 1 && (moved.stretch?.(THERE).raw ?? 0) > 1);
  assert.deepEqual(moved.stretch?.(PHOTO), UNSTRETCHED);
  const known = offsetPlan({ here: HERE, live: here, templates, photographs });
  assert.ok((known.stretch?.(HERE).centred ?? 0) > 1);
});

test('where nothing is known of the live side, it stays raw and photographs with it, and cameras keep their own centre', () => {
  for (const live of [undefined, centre(0.5, 0)]) {
    const without = offsetPlan({ live, templates, photographs });
    assert.equal(without.live, undefined);
    assert.equal(without.people, 0);
    assert.equal(without.template(PHOTO), undefined);
    assert.ok(near(without.template(THERE), (0.9 * 2) / 3));
  }
});
