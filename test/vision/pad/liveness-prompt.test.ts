import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millis } from '../../../src/base/units.js';
import { promptFor } from '../../../src/vision/pad/liveness-prompt.js';
import { noEvidence } from '../../../src/vision/pad/pad-evidence.js';

for (const [name, verdict, waited, interOcular, expected] of [
  ['nobody at once', 'undecided', 300, 60, undefined],
  ['to turn the head', 'undecided', 700, 60, 'turn-head'],
  ['to come closer with a small face', 'undecided', 900, 30, 'come-closer'],
  ['nothing of a living face', 'live', 5000, 60, undefined],
  ['nothing of a picture', 'attack', 5000, 60, undefined],
  ['nothing when the time is no number', 'undecided', Number.NaN, 60, undefined],
] as const)
  test(`asks ${name}`, () =>
    assert.equal(promptFor({ ...noEvidence, verdict }, millis(waited), interOcular), expected));
