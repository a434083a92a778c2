import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelCard } from '../../../src/biometrics/model-card.js';
import { laneSchema } from '../../../src/service/config/sections/lane-section.js';
import { rulesOf } from '../../../src/service/setup/configured-rules.js';
import { sameFields } from '../../support/same-fields.js';
import { card as cannotTell } from '../../vision/pipeline/fake-models.js';

const file = { file: 'live.onnx', bytes: 1, sha256: '0'.repeat(64), licence: 'none', source: 'none' };
const canTell = modelCard.parse({
  ...cannotTell,
  liveness: [{ model: file, width: 80, height: 80, widen: 2.7 }],
});

const lane = (more: object, schedules?: Parameters<typeof rulesOf>[2], card = cannotTell) =>
  rulesOf(
    laneSchema.parse({
      id: 'n',
      gate: 'g',
      direction: 'in',
      camera: { kind: 'usb', device: '/dev/video0' },
      ...more,
    }),
    card,
    schedules,
  );

test('takes over what the configuration asks for', () => {
  sameFields(
    lane({
      pulse_ms: 1500,
      identification: { max_fpir: '1 in 1,000', min_margin_ratio: 20, frames: 4, window_ms: 1000 },
      verification: { max_fmr: 1e-4, frames: 1, window_ms: 900, badge_valid_ms: 5000 },
      liveness: { mode: 'require', verification: 'record', challenge: true },
      max_frame_age_ms: 250,
      refuse_after_ms: 2500,
    }),
    {
      identification: { maxFpir: 0.001, minMarginRatio: 20, framesNeeded: 4, window: 1000 },
      verification: { maxFmr: 1e-4, framesNeeded: 1, window: 900, badgeValid: 5000 },
      liveness: { identification: 'require', verification: 'record', challenge: true },
      maxFrameAge: 250,
      refuseAfter: 2500,
      passage: 3500,
    },
  );
});

test('publishes a refusal after 1.5 s unless the configuration says otherwise', () => {
  assert.equal(lane({}).refuseAfter, 1500);
});

test('requires liveness, in both ways to be let in, of a pack that can tell, and records it of one that cannot', () => {
  const rules = { identification: { max_fpir: 0.001 } };
  const asked = (card: typeof canTell) => lane(rules, undefined, card).liveness;
  sameFields(asked(canTell), {
    identification: 'require',
    verification: 'require',
    challenge: false,
  });
  sameFields(asked(cannotTell), {
    identification: 'record',
    verification: 'record',
    challenge: false,
  });
  const told = lane({ ...rules, liveness: { mode: 'record' } }, undefined, canTell).liveness;
  assert.equal(told?.identification, 'record', 'what the configuration says goes before');
  assert.equal(lane({ liveness: { mode: 'require' } }).liveness?.verification, 'require');
});

test('has no rules for what is off', () => {
  const rules = lane({ identification: 'off', verification: { max_fmr: 1e-4 } });
  assert.equal(rules.identification, undefined);
  assert.notEqual(rules.verification, undefined);
});

test('asks for liveness by the schedules that are described, and for none that are not', () => {
  const night = () => true;
  const liveness = {
    by_schedule: [
      { schedule: 'night', mode: 'require' },
      { schedule: 'night', mode: 'record', verification: 'off' },
    ],
  };
  sameFields(lane({ liveness }, new Map([['night', night]])).liveness?.exceptions, [
    { during: night, identification: 'require', verification: 'require' },
    { during: night, identification: 'record', verification: 'off' },
  ]);
  assert.throws(() => lane({ liveness }), { code: 'config-invalid', message: /got "night"/ });
});
