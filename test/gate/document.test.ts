/** The examples of docs/PROTOCOL.md are messages that the program reads and writes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { z } from 'zod';
import { decisionId, laneId, modelDigest, personId, siteId, trackId } from '../../src/base/ids.js';
import { falseMatchRate, millis, monotonic, wallTime } from '../../src/base/units.js';
import { decisionMessage } from '../../src/decision/decision.js';
import { commandMessage } from '../../src/gate/command/messages.js';
import {
  ackMessage,
  badgeMessage,
  challengeMessage,
  grantMessage,
  passageMessage,
  readMessage,
} from '../../src/gate/messages.js';
import { laneTopics } from '../../src/gate/topics.js';
import { healthMessage } from '../../src/pipeline/site/report-health.js';
import { blocks } from './document.js';

for (const [name, schema, count] of [
  ['challenge', challengeMessage, 1],
  ['grant', grantMessage, 1],
  ['ack', ackMessage, 2],
  ['passage', passageMessage, 1],
  ['badge', badgeMessage, 1],
  ['command', commandMessage, 1],
  ['user-command', commandMessage, 1],
] as const satisfies readonly (readonly [string, z.ZodType, number])[])
  test(`the example of ${name} can be read, with every field it has`, () => {
    const examples = blocks(`json ${name}`);
    assert.equal(examples.length, count);
    for (const example of examples) {
      const read = readMessage<unknown>(schema, Buffer.from(example));
      assert.deepEqual(read, JSON.parse(example));
    }
  });

test('the example of a grant carries the signature of the first test vector', () => {
  const [grant] = blocks('json grant').map((text) => JSON.parse(text));
  const [vectors] = blocks('json test-vectors').map((text) => JSON.parse(text));
  assert.equal(grant.signature, vectors.grants[0].ed25519);
});

test('the example of a decision is what the program says of such a one', () => {
  const [example = '{}'] = blocks('json decision');
  const told = JSON.parse(example);
  const message = decisionMessage({
    verdict: 'granted',
    reason: 'face-identified',
    mode: 'identification',
    track: trackId('3f2a-17'),
    person: personId('ada'),
    fmr: falseMatchRate(2e-6),
    frames: 3,
    liveness: 0.97,
    frameAt: monotonic(0),
    id: decisionId(told.id),
    at: wallTime(Date.parse(told.at)),
    lane: laneId('north'),
    frameAge: millis(84),
    galleryVersion: 12,
    model: modelDigest(told.model),
  });
  assert.deepEqual(told, message);
});

test('the example of a health report has every field there is, and no other', () => {
  const [example = '{}'] = blocks('json health');
  const spread = { count: 1, p50: 1, p95: 1, p99: 1, max: 1 };
  const full = healthMessage(
    { frames: 1, skipped: 0, dropped: 0, frameAge: spread, gate: spread },
    millis(60_000),
    {
      memory: { own: 1, others: { 1: 1 }, available: 1 },
      cpuLoad: 0,
      temperature: 1,
      diskFree: 1,
      uptime: 1,
      eventLoop: { p50: 1, p99: 1, max: 1 },
    },
    wallTime(0),
  );
  const told = JSON.parse(example);
  assert.deepEqual(Object.keys(told), Object.keys(full));
  assert.deepEqual(Object.keys(told.frame_age_ms), Object.keys(spread));
});

test('the access list names topics that exist, for the lane and the gate all they need', () => {
  const { base, availability, state, health, decision, notice, badge, gate } = laneTopics(
    siteId('head-office'),
    laneId('north'),
  );
  const list = blocks('acl').join('');
  const rights = new Map(
    list
      .trim()
      .split(/\n\n/)
      .map((part) => part.split('\n'))
      .map(([user = '', ...topics]) => [user.replace('user ', ''), topics.toSorted()]),
  );
  assert.deepEqual(
    rights.get('lane-north'),
    [
      ...[availability, state, health, decision, notice, `${base}/response/#`, gate.grant].map(
        (topic) => `topic write ${topic}`,
      ),
      ...[gate.challenge, gate.ack, gate.passage, badge, `${base}/command/#`].map(
        (topic) => `topic read ${topic}`,
      ),
    ].toSorted(),
  );
  assert.deepEqual(
    rights.get('gate-north'),
    [
      `topic read ${gate.grant}`,
      ...[gate.availability, gate.challenge, gate.ack, gate.passage].map((topic) => `topic write ${topic}`),
    ].toSorted(),
  );
  assert.deepEqual(rights.get('reader-north'), [`topic write ${base}/badge`]);
});
