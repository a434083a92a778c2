import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rulesOf } from '../../../src/app/lane/lane-rules.js';
import { laneSchema } from '../../../src/config/lane.js';

const lane = (more: object, schedules?: Parameters<typeof rulesOf>[1]) =>
  rulesOf(
    laneSchema.parse({
      id: 'n',
      gate: 'g',
      direction: 'in',
      camera: { kind: 'usb', device: '/dev/video0' },
      ...more,
    }),
    schedules,
  );

test('takes over what the configuration asks for', () => {
  assert.deepEqual(
    lane({
      pulse_ms: 1500,
      identification: { max_fpir: '1 in 1,000', min_lead: 20, frames: 4, window_ms: 1000 },
      verification: { max_fmr: 1e-4, frames: 1, window_ms: 900, badge_valid_ms: 5000 },
      liveness: { mode: 'require', verification: 'record', challenge: true },
      max_frame_age_ms: 250,
    }),
    {
      identification: { maxFpir: 0.001, minLead: 20, framesNeeded: 4, window: 1000 },
      verification: { maxFmr: 1e-4, framesNeeded: 1, window: 900, badgeValid: 5000 },
      liveness: { identification: 'require', verification: 'record', challenge: true },
      maxFrameAge: 250,
      refuseAfter: 1500,
      passage: 3500,
    },
  );
});

test('records liveness, in both ways to be let in, unless it is told otherwise', () => {
  const { liveness } = lane({ identification: { max_fpir: 0.001 } });
  assert.deepEqual(liveness, { identification: 'record', verification: 'record', challenge: false });
  assert.equal(lane({ liveness: { mode: 'require' } }).liveness?.verification, 'require');
});

test('has no rules for what is off', () => {
  const rules = lane({ identification: 'off', verification: { max_fmr: 1e-4 } });
  assert.equal('identification' in rules, false);
  assert.equal('verification' in rules, true);
});

test('asks for liveness by the schedules that are described, and for none that are not', () => {
  const night = () => true;
  const liveness = {
    by_schedule: [
      { schedule: 'night', mode: 'require' },
      { schedule: 'night', mode: 'record', verification: 'off' },
    ],
  };
  assert.deepEqual(lane({ liveness }, new Map([['night', night]])).liveness?.exceptions, [
    { during: night, identification: 'require', verification: 'require' },
    { during: night, identification: 'record', verification: 'off' },
  ]);
  assert.throws(() => lane({ liveness }), { code: 'config-invalid', message: /got "night"/ });
});
