import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  askedBy,
  CREDENTIAL_POLICIES,
  objectionToShown,
  policyAt,
} from '../../../src/access/policy/credentials.js';
import { always, never, openHours } from '../../../src/access/policy/schedule.js';
import { wallTime } from '../../../src/base/units.js';
import { utc } from './sample.js';

const nothing = { face: false, badge: false };
const face = { face: true, badge: false };
const badge = { face: false, badge: true };
const both = { face: true, badge: true };

for (const [policy, shown, expected] of [
  ['badge-and-face', both, undefined],
  ['badge-and-face', face, 'badge-required'],
  ['badge-and-face', badge, 'face-required'],
  ['badge-and-face', nothing, 'badge-required'],
  ['badge-or-face', face, undefined],
  ['badge-or-face', badge, undefined],
  ['badge-or-face', both, undefined],
  ['badge-or-face', nothing, 'face-or-badge-required'],
  ['face-only', face, undefined],
  ['face-only', both, undefined],
  ['face-only', badge, 'face-required'],
  ['badge-only', badge, undefined],
  ['badge-only', face, 'badge-required'],
] as const) {
  test(`${policy} with ${JSON.stringify(shown)} ends in ${expected ?? 'a pass'}`, () =>
    assert.equal(objectionToShown(policy, shown), expected));
}

test('what a lane looks for is what suffices alone', () => {
  for (const policy of CREDENTIAL_POLICIES) {
    const { faceAlone, badgeThenFace, badgeAlone } = askedBy(policy);
    assert.equal(objectionToShown(policy, face) === undefined, faceAlone);
    assert.equal(objectionToShown(policy, badge) === undefined, badgeAlone);
    assert.equal(badgeThenFace, !faceAlone && !badgeAlone);
  }
});

test('at night both are asked for, by day the face suffices', () => {
  const night = openHours({ zone: 'UTC', week: { mon: [{ from: 22 * 60, to: 6 * 60 }] } });
  const credentials = {
    usual: 'face-only' as const,
    exceptions: [
      { during: never, policy: 'badge-only' as const },
      { during: night, policy: 'badge-and-face' as const },
      { during: night, policy: 'badge-only' as const },
    ],
  };
  assert.equal(policyAt(credentials, utc('2026-06-15T12:00')), 'face-only');
  assert.equal(policyAt(credentials, utc('2026-06-16T01:00')), 'badge-and-face');
});

test('a time that is no number asks for everything', () =>
  assert.equal(
    policyAt(
      { usual: 'badge-only', exceptions: [{ during: always, policy: 'badge-only' }] },
      wallTime(Number.NaN),
    ),
    'badge-and-face',
  ));
