import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gateId, grantId, laneId, siteId } from '../../../src/base/ids.js';
import { millis } from '../../../src/base/units.js';
import { messageDigest, signSession } from '../../../src/gate/protocol/grant.js';
import type { SignedFor } from '../../../src/gate/protocol/grant-bytes.js';
import { createGrantCheck, type GrantVerdict } from '../../../src/gate/protocol/grant-check.js';
import { at, challengeOf, grantBytes, keyPair, place, signedFor } from './sample.js';

const lane = keyPair();
const stranger = keyPair();
const hmac = keyPair('k-mac', 'hmac-sha256');

/** A gate that asked its first question at 1000 ms. */
function gate() {
  const check = createGrantCheck({
    ...place,
    direction: 'in',
    keys: [lane.verifying, hmac.verifying],
    protocol: 2,
  });
  check.issue(challengeOf(1), at(1000));
  return check;
}
const reasonOf = (verdict: GrantVerdict) =>
  verdict.kind === 'answer' && verdict.answer.result === 'refused' ? verdict.answer.reason : verdict.kind;

test('a grant that answers a fresh challenge opens for its pulse', () => {
  const verdict = gate().check(grantBytes(lane.signing, { pulse: millis(700) }), at(1100), false);
  assert.ok(verdict.kind === 'open');
  assert.deepEqual([verdict.grant, verdict.pulse, verdict.request.key], ['g-1', 700, 'k-1']);
});

const elsewhere = (where: Partial<SignedFor>) => grantBytes(lane.signing, {}, {}, { ...signedFor, ...where });
for (const [name, bytes, reason] of [
  ['site', elsewhere({ site: siteId('other') }), 'bad-signature'],
  ['lane', elsewhere({ lane: laneId('other') }), 'bad-signature'],
  ['protocol (version 1, without site and lane)', elsewhere({ protocol: 1 }), 'ignore'],
] as const)
  test(`a grant that was signed with the same key for a gate of this name at another ${name} does not open`, () =>
    assert.equal(reasonOf(gate().check(bytes, at(1100), false)), reason));

test('a gate of version 1, by an explicit setting, takes grants of version 1 and no others', () => {
  const check = createGrantCheck({ ...place, direction: 'in', keys: [lane.verifying], protocol: 1 });
  check.issue(challengeOf(1), at(1000));
  const of = (protocol: 1 | 2) => grantBytes(lane.signing, {}, {}, { ...signedFor, protocol });
  assert.deepEqual(check.check(of(2), at(1100), false), { kind: 'ignore', reason: 'other-version' });
  assert.equal(check.check(of(1), at(1100), false).kind, 'open');
});

test('a copy of a grant that was changed in any field gets an answer with another digest', () => {
  const bytes = Buffer.from(grantBytes(lane.signing));
  const message = JSON.parse(bytes.toString());
  const digestOfAnswer = (payload: object) => {
    const verdict = gate().check(Buffer.from(JSON.stringify(payload)), at(1100), false);
    assert.ok(verdict.kind === 'answer' || verdict.kind === 'open');
    return verdict.request.request;
  };
  const whole = digestOfAnswer(message);
  assert.equal(
    digestOfAnswer({ signature: message.signature, ...message, note: 'written differently' }),
    whole,
  );
  for (const change of [
    { key: 'k-9' },
    { algorithm: 'hmac-sha256' },
    { signature: '00'.repeat(64) },
    { direction: 'out' },
    { challenge: challengeOf(7) },
    { pulse_ms: 900 },
    { gate: 'south-1' },
  ])
    assert.notEqual(digestOfAnswer({ ...message, ...change }), whole);
});

const sessionOf = (challenge = challengeOf(1), key = lane.signing) =>
  Buffer.from(
    JSON.stringify(signSession({ gate: place.gate, challenge, session: 'ab'.repeat(16) }, key, signedFor)),
  );
for (const [name, payload, now, expected] of [
  ['of the lane', sessionOf(), 1100, 'session'],
  ['of the lane that is played back after two seconds', sessionOf(), 3001, 'stale-challenge'],
  ['of a stranger', sessionOf(challengeOf(1), stranger.signing), 1100, 'bad-signature'],
  ['to a challenge never issued', sessionOf(challengeOf(9)), 1100, 'stale-challenge'],
] as const)
  test(`a session request ${name} ends as ${expected}, and leaves the challenge to a grant`, () => {
    const check = gate();
    assert.equal(reasonOf(check.check(payload, at(now), false)), expected);
    if (now < 3000) assert.equal(check.check(grantBytes(lane.signing), at(now), false).kind, 'open');
  });

test('an HMAC grant opens as well', () =>
  assert.equal(gate().check(grantBytes(hmac.signing), at(1100), false).kind, 'open'));

for (const [name, bytes, now, reason] of [
  ['two seconds after the challenge', grantBytes(lane.signing), 3000, 'open'],
  ['a moment later than that', grantBytes(lane.signing), 3000.1, 'stale-challenge'],
  ['from before the challenge', grantBytes(lane.signing), 999, 'stale-challenge'],
  [
    'to a challenge never issued',
    grantBytes(lane.signing, { challenge: challengeOf(9) }),
    1100,
    'stale-challenge',
  ],
  ['for another gate', grantBytes(lane.signing, { gate: gateId('south-1') }), 1100, 'wrong-gate'],
  ['for the other direction', grantBytes(lane.signing, { direction: 'out' }), 1100, 'wrong-direction'],
  ['with a key nobody knows', grantBytes(keyPair('k-9').signing), 1100, 'unknown-key'],
  ['with a stranger’s key under a known name', grantBytes(stranger.signing), 1100, 'bad-signature'],
  [
    'for another gate, renamed to this one',
    grantBytes(lane.signing, { gate: gateId('south-1') }, { gate: 'north-1' }),
    1100,
    'bad-signature',
  ],
  ['whose pulse was lengthened', grantBytes(lane.signing, {}, { pulse_ms: 10_000 }), 1100, 'bad-signature'],
  [
    'whose direction was turned',
    grantBytes(lane.signing, { direction: 'out' }, { direction: 'in' }),
    1100,
    'bad-signature',
  ],
  ['whose id was replaced', grantBytes(lane.signing, {}, { id: 'g-2' }), 1100, 'bad-signature'],
  [
    'whose challenge was replaced',
    grantBytes(lane.signing, { challenge: challengeOf(7) }, { challenge: challengeOf(1) }),
    1100,
    'bad-signature',
  ],
  [
    'that calls its Ed25519 signature an HMAC',
    grantBytes(lane.signing, {}, { algorithm: 'hmac-sha256' }),
    1100,
    'unknown-key',
  ],
  ['with an HMAC cut short to nothing', grantBytes(hmac.signing, {}, { signature: '' }), 1100, 'ignore'],
  [
    'with an HMAC of zeros',
    grantBytes(hmac.signing, {}, { signature: '00'.repeat(32) }),
    1100,
    'bad-signature',
  ],
  [
    'with an Ed25519 signature for the HMAC key',
    grantBytes(hmac.signing, {}, { signature: '00'.repeat(64) }),
    1100,
    'bad-signature',
  ],
] as const)
  test(`a grant ${name} ends as ${reason}`, () =>
    assert.equal(reasonOf(gate().check(bytes, at(now), false)), reason));

test('a grant is refused while the gate stands open, and the challenge is not used up by that', () => {
  const check = gate();
  assert.equal(reasonOf(check.check(grantBytes(lane.signing), at(1100), true)), 'busy');
  const next = check.check(grantBytes(lane.signing, { id: grantId('g-2') }), at(1200), false);
  assert.equal(next.kind, 'open');
});

test('a second grant to the same challenge is refused', () => {
  const check = gate();
  check.check(grantBytes(lane.signing), at(1100), false);
  check.settle(grantId('g-1'), { result: 'opened' });
  const second = check.check(grantBytes(lane.signing, { id: grantId('g-2') }), at(1200), false);
  assert.equal(reasonOf(second), 'used-challenge');
});

test('a challenge is used up although the gate did not move', () => {
  const check = gate();
  check.check(grantBytes(lane.signing), at(1100), false);
  check.settle(grantId('g-1'), { result: 'refused', reason: 'drive-failed' });
  const second = check.check(grantBytes(lane.signing, { id: grantId('g-2') }), at(1200), false);
  assert.equal(reasonOf(second), 'used-challenge');
});

for (const answer of [{ result: 'opened' }, { result: 'refused', reason: 'drive-failed' }] as const)
  test(`a repeated id returns the identical acknowledgement (${answer.result}) and does not open again`, () => {
    const check = gate();
    const bytes = Buffer.from(grantBytes(lane.signing));
    assert.equal(check.check(bytes, at(1100), false).kind, 'open');
    assert.equal(check.check(bytes, at(1150), true).kind, 'under-way');
    check.settle(grantId('g-1'), answer);
    const request = {
      grant: 'g-1',
      request: messageDigest(JSON.parse(bytes.toString()), signedFor),
      key: 'k-1',
    };
    // Also when the challenge is long forgotten and the gate is shut again.
    for (const [now, busy] of [
      [1200, true],
      [1700, false],
      [90_000, false],
    ] as const)
      assert.deepEqual(check.check(bytes, at(now), busy), {
        kind: 'answer',
        answer,
        request,
        repeated: true,
      });
  });

test('a refusal is repeated as it was, although the grant would be good now', () => {
  const check = gate();
  const bytes = grantBytes(lane.signing);
  const first = check.check(bytes, at(1100), true);
  const again = check.check(bytes, at(1200), false);
  assert.equal(reasonOf(first), 'busy');
  assert.deepEqual(again, { ...first, repeated: true });
});

test('a forger cannot use up the id of a grant to come', () => {
  const check = gate();
  check.check(grantBytes(stranger.signing), at(1050), false);
  assert.equal(check.check(grantBytes(lane.signing), at(1100), false).kind, 'open');
});

test('an id that was forgotten among thousands does not open again', () => {
  const check = gate();
  const bytes = grantBytes(lane.signing);
  check.check(bytes, at(1100), false);
  check.settle(grantId('g-1'), { result: 'opened' });
  for (let n = 0; n < 300; n += 1)
    check.check(grantBytes(hmac.signing, { id: grantId(`x-${n}`) }), at(1101), false);
  assert.equal(reasonOf(check.check(bytes, at(1102), false)), 'used-challenge');
});

test('a gate that was started anew knows no grant of before', () =>
  assert.equal(
    reasonOf(
      createGrantCheck({ ...place, direction: 'in', keys: [lane.verifying], protocol: 2 }).check(
        grantBytes(lane.signing),
        at(1100),
        false,
      ),
    ),
    'stale-challenge',
  ));

const good = JSON.parse(Buffer.from(grantBytes(lane.signing)).toString());
for (const [name, message] of [
  ['is empty', ''],
  ['is no JSON', '{"v":1'],
  ['is a list', '[]'],
  ['is null', 'null'],
  ['is of another version', { ...good, v: 3 }],
  ['lacks a field', { ...good, challenge: undefined }],
  ['has a pulse that is no number', { ...good, pulse_ms: '1000' }],
  ['has a pulse of half a millisecond', { ...good, pulse_ms: 100.5 }],
  ['has a pulse too short', { ...good, pulse_ms: 99 }],
  ['has a pulse too long', { ...good, pulse_ms: 10_001 }],
  ['has a wildcard for a gate', { ...good, gate: '#' }],
  ['has an id of 65 letters', { ...good, id: 'x'.repeat(65) }],
  ['has a challenge in capitals', { ...good, challenge: 'AB'.repeat(16) }],
  ['names another algorithm', { ...good, algorithm: 'none' }],
  ['is longer than any grant', { ...good, note: 'x'.repeat(2048) }],
] as const)
  test(`a message that ${name} is ignored`, () => {
    const bytes = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));
    assert.deepEqual(gate().check(bytes, at(1100), false), { kind: 'ignore', reason: 'bad-message' });
  });

test('a field of a later version is passed over', () =>
  assert.equal(
    gate().check(Buffer.from(JSON.stringify({ ...good, note: 'x' })), at(1100), false).kind,
    'open',
  ));
