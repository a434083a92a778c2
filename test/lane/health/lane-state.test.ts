import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askedBy } from '../../../src/access/policy/credentials.js';
import { modelDigest } from '../../../src/base/ids.js';
import { falseMatchRate, wallTime } from '../../../src/base/units.js';
import type { LaneMode } from '../../../src/lane/health/degraded-modes.js';
import { type LaneStateInput, stateOf } from '../../../src/lane/health/lane-state.js';
import { snapshotOf } from '../../contracts/search.js';
import { sameFields } from '../../support/same-fields.js';
import { badgeRules, rules } from '../lane-world.js';

const pack = { name: 'test', digest: modelDigest('ab') };
const bothRules = { ...badgeRules, ...rules };
const well: LaneStateInput = {
  camera: 'live',
  brokerConnected: true,
  gateAlive: true,
  journalWorks: true,
  calibrated: true,
  rules,
  gallery: snapshotOf([['ada', [1, 2]]]),
  galleryLoadedAt: wallTime(5),
  pack,
};

for (const [name, change, mode, degraded] of [
  ['identifies when all is well', {}, 'identification', []],
  ['verifies where only badges are asked for', { rules: badgeRules }, 'verification', []],
  ['is closed before the camera is live', { camera: 'opening' }, 'closed', ['camera-not-live']],
  ['is closed while the picture is frozen', { camera: 'frozen' }, 'closed', ['camera-not-live']],
  ['is closed while vision restarts', { camera: 'restarting' }, 'closed', ['vision-restarting']],
  ['is closed without a broker', { brokerConnected: false }, 'closed', ['broker-disconnected']],
  ['is closed while the gate is silent', { gateAlive: false }, 'closed', ['gate-offline']],
  ['is closed without a calibration', { calibrated: false }, 'closed', ['pack-uncalibrated']],
  ['is closed while nobody is enrolled', { gallery: snapshotOf([]) }, 'closed', ['gallery-empty']],
  ['is closed while nothing can be written down', { journalWorks: false }, 'closed', ['journal-failing']],
  ['is closed while the encoder is untrue', { encoder: 'untrue' }, 'closed', ['encoder-self-test-failed']],
  [
    'is closed while a living lane’s encoder is untested',
    { encoder: 'untested' },
    'closed',
    ['encoder-self-test-failed'],
  ],
  [
    'calls no encoder untrue that is only starting',
    { encoder: 'untested', camera: 'opening' },
    'closed',
    ['camera-not-live'],
  ],
  [
    'lets a badge do where that is allowed',
    { encoder: 'untrue', badgeAlone: true },
    'badge',
    ['encoder-self-test-failed'],
  ],
  ['is closed while vision dies again and again', { visionFailing: true }, 'closed', ['vision-failing']],
  [
    'is closed when the gallery is too large for the face alone',
    { capacity: { surest: falseMatchRate(0.001), maxTemplates: 0 } },
    'closed',
    ['gallery-too-large'],
  ],
  [
    'steps down to a badge while liveness is required and nothing can tell',
    { padRequired: 'require', pack: { ...pack, liveness: false }, rules: bothRules },
    'verification',
    ['pad-model-missing'],
  ],
  [
    'misses nothing while liveness is only recorded',
    { padRequired: 'record', pack: { ...pack, liveness: false } },
    'identification',
    [],
  ],
  [
    'misses nothing where faces are judged',
    { padRequired: 'require', pack: { ...pack, liveness: true } },
    'identification',
    [],
  ],
  ['tells what is wrong outside', { faults: ['disk-full'] }, 'identification', ['disk-full']],
  [
    'names every cause',
    { gateAlive: false, brokerConnected: false },
    'closed',
    ['broker-disconnected', 'gate-offline'],
  ],
] as const) {
  test(name, () => {
    const state = stateOf({ ...well, ...change });
    sameFields([state.mode, state.degraded], [mode, degraded]);
  });
}

test('counts people and templates', () => {
  const gallery = snapshotOf([
    ['ada', [1, 2]],
    ['ada', [3, 4]],
  ]);
  sameFields(stateOf({ ...well, gallery }).gallery, { version: 1, people: 1, templates: 2 });
});

test('says what is asked of whoever stands there, and only then', () => {
  assert.equal(stateOf({ ...well, prompt: 'turn-head' }).prompt, 'turn-head');
  assert.equal(stateOf(well).prompt, undefined);
});

const BY_POLICY = [
  // cause, then what works by credentials: face-only, badge-and-face, badge-only, badge-or-face, and the lane's own rules.
  ['nothing', {}, ['identification', 'verification', 'badge', 'identification', 'identification']],
  ['gallery-empty', { gallery: snapshotOf([]) }, ['closed', 'closed', 'badge', 'badge', 'closed']],
  ['camera-not-live', { camera: 'frozen' }, ['closed', 'closed', 'badge', 'badge', 'closed']],
  ['encoder-self-test-failed', { encoder: 'untrue' }, ['closed', 'closed', 'badge', 'badge', 'closed']],
  ['pack-uncalibrated', { calibrated: false }, ['closed', 'closed', 'badge', 'badge', 'closed']],
  [
    'gallery-too-large',
    { capacity: { surest: falseMatchRate(0.001), maxTemplates: 0 } },
    ['verification', 'verification', 'badge', 'badge', 'verification'],
  ],
  ['gate-offline', { gateAlive: false }, ['closed', 'closed', 'closed', 'closed', 'closed']],
  ['broker-disconnected', { brokerConnected: false }, ['closed', 'closed', 'closed', 'closed', 'closed']],
] as const satisfies readonly (readonly [string, Partial<LaneStateInput>, readonly LaneMode[]])[];

for (const [cause, change, modes] of BY_POLICY)
  for (const [place, policy] of (
    ['face-only', 'badge-and-face', 'badge-only', 'badge-or-face', undefined] as const
  ).entries())
    test(`what mode says is what works: ${cause} with ${policy ?? 'the lane’s own rules'} is ${modes[place]}`, () => {
      const asked =
        policy === undefined ? {} : { asked: askedBy(policy), badgeAlone: askedBy(policy).badgeAlone };
      assert.equal(stateOf({ ...well, rules: bothRules, ...asked, ...change }).mode, modes[place]);
    });

test('what mode says is what works: visitors are compared with their passes while nobody is enrolled', () => {
  const state = stateOf({ ...well, rules: bothRules, gallery: snapshotOf([]), passes: true });
  sameFields([state.mode, state.degraded], ['verification', ['gallery-empty']]);
});
