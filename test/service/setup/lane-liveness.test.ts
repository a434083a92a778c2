import assert from 'node:assert/strict';
import { test } from 'node:test';
import { never } from '../../../src/access/policy/schedule.js';
import { modelCard } from '../../../src/biometrics/model-card.js';
import { laneSchema } from '../../../src/service/config/sections/lane-section.js';
import { checksLiveness, expectLiveness, rulesOf } from '../../../src/service/setup/configured-rules.js';
import { card as without } from '../../vision/pipeline/fake-models.js';

const file = { file: 'live.onnx', bytes: 1, sha256: '0'.repeat(64), licence: 'none', source: 'none' };
const withNets = modelCard.parse({
  ...without,
  liveness: [{ model: file, width: 80, height: 80, widen: 2.7 }],
});
const lane = (liveness: object, more: object = { identification: { max_fpir: 0.001 } }) =>
  rulesOf(
    laneSchema.parse({
      id: 'n',
      gate: 'g',
      direction: 'in',
      camera: { kind: 'usb', device: '/dev/video0' },
      liveness,
      ...more,
    }),
    withNets,
  );
const atNight = (usual: string, mode: string, more?: object) => {
  const config = laneSchema.parse({
    id: 'n',
    gate: 'g',
    direction: 'in',
    camera: { kind: 'usb', device: '/dev/video0' },
    identification: { max_fpir: 0.001 },
    liveness: { mode: usual, by_schedule: [{ schedule: 'never', mode }] },
    ...more,
  });
  return rulesOf(config, withNets, new Map([['never', never]]));
};
const both = { identification: { max_fpir: 0.001 }, verification: { max_fmr: 1e-4 } };

for (const [name, rules, card, expected] of [
  ['judges by default where the pack can', lane({}), withNets, true],
  ['cannot where the pack cannot', lane({}), without, false],
  ['does not when it is off', lane({ mode: 'off' }), withNets, false],
  ['does when it is off but at one time', atNight('off', 'record'), withNets, true],
  ['does for one of two modes', lane({ mode: 'off', verification: 'require' }, both), withNets, true],
  [
    'does not for a mode that the lane lacks',
    lane({ mode: 'off', verification: 'require' }),
    withNets,
    false,
  ],
] as const)
  test(name, () => assert.equal(checksLiveness(rules, card), expected));

test('refuses a lane that requires what its pack cannot tell, and says what to do', () => {
  for (const rules of [
    lane({ mode: 'require' }),
    lane({ mode: 'record', verification: 'require' }, both),
    atNight('record', 'require'),
  ])
    assert.throws(
      () => expectLiveness(rules, without, 'lane "n"'),
      (error: { code: string; message: string; hint: string }) =>
        error.code === 'config-invalid' &&
        /because lane "n" requires liveness; got "fake", which has none/.test(error.message) &&
        /"record" or "off"/.test(error.hint),
    );
});

test('lets a lane start that records, that can tell, or that has a badge to fall back on', () => {
  expectLiveness(lane({ mode: 'require', verification: 'record' }, both), without, 'lane "n"');
  expectLiveness(lane({ mode: 'record' }), without, 'lane "n"');
  expectLiveness(lane({ mode: 'record', verification: 'require' }), without, 'lane "n"');
  expectLiveness(lane({ mode: 'require' }), withNets, 'lane "n"');
});
