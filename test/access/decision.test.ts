import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Decision, decisionMessage, evidenceOf } from '../../src/access/decision.js';
import { decisionId, laneId, modelDigest, personId, trackId } from '../../src/base/ids.js';
import { falseMatchRate, millis, monotonic, wallTime } from '../../src/base/units.js';

const where = {
  id: decisionId('d-1'),
  at: wallTime(Date.UTC(2026, 0, 2, 3, 4, 5)),
  lane: laneId('north'),
  frameAge: millis(41.6),
  galleryVersion: 7,
  model: modelDigest('ab'),
};
const granted: Decision = {
  ...where,
  verdict: 'granted',
  reason: 'face-identified',
  mode: 'identification',
  track: trackId('t-1'),
  person: personId('ada'),
  fmr: falseMatchRate(4e-6),
  frames: 3,
  liveness: 0.9,
  livenessVerdict: 'live',
  frameAt: monotonic(5),
};

test('says of a grant who, how sure, and by what', () => {
  assert.deepEqual(decisionMessage(granted), {
    v: 1,
    id: 'd-1',
    at: '2026-01-02T03:04:05.000Z',
    verdict: 'granted',
    reason: 'face-identified',
    explanation: 'The face is that of one enrolled person.',
    mode: 'identification',
    lane: 'north',
    track: 't-1',
    person: 'ada',
    fmr: 4e-6,
    odds: '1 in 250,000',
    frames: 3,
    liveness: 0.9,
    liveness_verdict: 'live',
    frame_age_ms: 42,
    gallery_version: 7,
    model: 'ab',
  });
});

test('says beside the odds that nobody measured them', () => {
  const { odds, extrapolated } = evidenceOf({ ...granted, extrapolated: true });
  assert.deepEqual([odds, extrapolated], ['1 in 250,000 (extrapolated)', true]);
});

test('says of a refusal what was wrong, and leaves out what is not known', () => {
  const refused: Decision = {
    ...where,
    verdict: 'refused',
    reason: 'low-quality',
    mode: 'identification',
    frames: 0,
    problems: ['blurred'],
  };
  assert.deepEqual(evidenceOf(refused), {
    verdict: 'refused',
    reason: 'low-quality',
    mode: 'identification',
    lane: 'north',
    frames: 0,
    problems: ['blurred'],
    frame_age_ms: 42,
    gallery_version: 7,
    model: 'ab',
  });
});

test('puts a name on the wire only when told to, and never into the evidence', () => {
  assert.equal(decisionMessage(granted, 'Ada Lovelace').name, 'Ada Lovelace');
  assert.equal('name' in decisionMessage(granted), false);
  assert.equal(JSON.stringify(evidenceOf(granted)).includes('Lovelace'), false);
});
