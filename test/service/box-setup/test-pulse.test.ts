import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millis } from '../../../src/base/units.js';
import type { GateOutcome } from '../../../src/gate/gate-client.js';
import { judgePulse } from '../../../src/service/box-setup/test-pulse.js';
import { judgeEyes } from '../../../src/service/box-setup/try-answers.js';
import type { FrameReport } from '../../../src/vision/ports/vision.js';

const latency = millis(10);
const OUTCOMES: readonly GateOutcome[] = [
  { outcome: 'opened', latency },
  { outcome: 'pulsed' },
  { outcome: 'unconfirmed', latency },
  { outcome: 'refused', reason: 'unknown-key', latency },
  { outcome: 'gate-offline' },
  { outcome: 'gate-unreachable' },
  { outcome: 'broker-disconnected' },
];

test('a relay is good only when a person saw it open, a gate also by its signed answer', () => {
  const verdicts = (seen: boolean | undefined) =>
    OUTCOMES.map((outcome) => judgePulse(outcome, seen)).map(({ verdict }) => verdict);
  assert.deepEqual(verdicts(undefined), ['good', 'warning', 'warning', 'wrong', 'wrong', 'wrong', 'wrong']);
  assert.deepEqual(verdicts(true).slice(0, 2), ['good', 'good']);
  assert.deepEqual(new Set(verdicts(false)), new Set(['wrong']));
});

test('the eyes are wide enough apart when one look is', () => {
  const frameWith = (...widths: readonly number[]) =>
    ({ kind: 'frame', faces: widths.map((interOcular) => ({ interOcular })) }) as unknown as FrameReport;
  assert.deepEqual(judgeEyes([], 20), []);
  const verdictOf = (frame: FrameReport) => judgeEyes([frame], 20).map(({ verdict }) => verdict);
  assert.deepEqual(verdictOf(frameWith()), ['warning']);
  assert.deepEqual(verdictOf(frameWith(19, 12)), ['warning']);
  assert.deepEqual(verdictOf(frameWith(12, 20)), ['good']);
});
