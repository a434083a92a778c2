import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveShare } from '../../../src/vision/pad/live-share.js';

for (const [name, logits, live, expected] of [
  ['a third where three classes are equal', [5, 5, 5], 1, 1 / 3],
  ['nearly all for the largest', [0, 20, 0], 1, 1],
  ['the share of the class that the card names', [Math.log(3), 0], 0, 0.75],
  ['a share also of logits whose exponentials overflow', [1000, 1000], 1, 0.5],
] as const)
  test(`gives ${name}`, () => assert.ok(Math.abs(liveShare(logits, live) - expected) < 1e-6));

for (const [name, logits, live] of [
  ['a logit is NaN', [0, Number.NaN, 0], 1],
  ['another logit is NaN', [Number.NaN, 9, 0], 1],
  ['the largest logit is infinite', [0, Number.POSITIVE_INFINITY, 0], 1],
  ['there is no such class', [0, 1], 2],
  ['there are no classes', [], 1],
] as const)
  test(`gives NaN where ${name}`, () => assert.ok(Number.isNaN(liveShare(logits, live))));
