import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Degraded,
  enforcedAmong,
  type LaneMode,
  modeLeft,
} from '../../../src/lane/health/degraded-modes.js';
import { badgeRules, rules as faceRules } from '../lane-world.js';

const { identification } = faceRules;
const { verification } = badgeRules;
assert.ok(identification && verification);
const all = { rules: { identification, verification }, badgeAlone: true };
const noBadgeAlone = { ...all, badgeAlone: false };
const faceOnly = { rules: { identification }, badgeAlone: false };
const badgeAndFace = { rules: { verification }, badgeAlone: false };

for (const [cause, best] of [
  ['camera-not-live', 'badge'],
  ['vision-restarting', 'badge'],
  ['vision-failing', 'badge'],
  ['encoder-self-test-failed', 'badge'],
  ['pack-uncalibrated', 'badge'],
  ['pad-model-missing', 'verification'],
  ['gallery-too-large', 'verification'],
  ['gallery-expired', 'verification'],
  ['gallery-empty', 'badge'],
  ['clock-implausible', 'closed'],
  ['broker-disconnected', 'closed'],
  ['gate-offline', 'closed'],
  ['journal-failing', 'closed'],
  ['disk-full', 'identification'],
] as const satisfies readonly (readonly [Degraded, LaneMode])[])
  test(`${cause} leaves: ${best}`, () => assert.equal(modeLeft([cause], all), best));

for (const [name, causes, offers, mode] of [
  ['the best that is offered, when all is well', [], all, 'identification'],
  ['badge and face, where nothing else is offered', [], badgeAndFace, 'verification'],
  ['the lowest of several steps', ['gallery-too-large', 'encoder-self-test-failed'], all, 'badge'],
  ['closed, where a badge alone is not allowed', ['encoder-self-test-failed'], noBadgeAlone, 'closed'],
  ['closed, where the face alone was all there was', ['gallery-too-large'], faceOnly, 'closed'],
  [
    'badge and face again, where they never were affected',
    ['gallery-too-large'],
    badgeAndFace,
    'verification',
  ],
] as const)
  test(`what is left is ${name}`, () => assert.equal(modeLeft(causes, offers), mode));

test('what cannot be proven is enforced; what nothing can be opened with enforces itself', () =>
  assert.deepEqual(
    enforcedAmong(['gate-offline', 'encoder-self-test-failed', 'disk-full', 'clock-implausible']),
    ['encoder-self-test-failed', 'clock-implausible'],
  ));
