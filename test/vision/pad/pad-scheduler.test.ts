import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trackId } from '../../../src/base/ids.js';
import { monotonic } from '../../../src/base/units.js';
import { type Scorable, shouldScore } from '../../../src/vision/pad/pad-scheduler.js';

const face = (track: string, more: Partial<Scorable> = {}): Scorable => ({
  track: trackId(track),
  atGate: true,
  problems: [],
  ...more,
});
const judged = (times: Readonly<Record<string, number>>) =>
  new Map(Object.entries(times).map(([track, at]) => [trackId(track), monotonic(at)]));

for (const [name, faces, before, expected] of [
  ['a new face', [face('a')], {}, 'a'],
  ['a face judged a while ago', [face('a')], { a: 900 }, 'a'],
  ['no face judged just now', [face('a')], { a: 950 }, undefined],
  ['no face away from the gate', [face('a', { atGate: false })], {}, undefined],
  ['a blurred face, turned away', [face('a', { problems: ['blurred', 'turned-away'] })], {}, 'a'],
  ['no face of a few pixels', [face('a', { problems: ['too-small'] })], {}, undefined],
  ['no face cut by the edge', [face('a', { problems: ['blurred', 'at-the-edge'] })], {}, undefined],
  ['the face that has waited longest', [face('a'), face('b')], { a: 800, b: 700 }, 'b'],
  ['a new face before others', [face('a'), face('b')], { a: 100 }, 'b'],
  ['nobody where there is nobody', [], {}, undefined],
] as const)
  test(`judges ${name}`, () => assert.equal(shouldScore(faces, judged(before), monotonic(1000)), expected));
