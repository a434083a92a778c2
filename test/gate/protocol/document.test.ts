/** The examples of docs/PROTOCOL.md are messages that the program reads and writes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { z } from 'zod';
import { decisionMessage } from '../../../src/access/decision.js';
import { compact } from '../../../src/base/compact.js';
import { decisionId, laneId, modelDigest, personId, siteId, trackId } from '../../../src/base/ids.js';
import { falseMatchRate, millis, monotonic, wallTime } from '../../../src/base/units.js';
import { accessList } from '../../../src/gate/access-list.js';
import { commandMessage } from '../../../src/gate/operator-command/operator-messages.js';
import {
  badgeMessage,
  challengeMessage,
  grantMessage,
  readMessage,
  sessionMessage,
  signedAckMessage,
  signedPassageMessage,
} from '../../../src/gate/protocol/gate-messages.js';
import { laneTopics, type Role, siteTopics } from '../../../src/gate/protocol/topics.js';
import { healthMessage } from '../../../src/lane/health/publish-health.js';
import { filterTakes } from '../../../src/platform/mqtt/message-bus.js';
import { blocks } from './document.js';

for (const [name, schema, count] of [
  ['challenge', challengeMessage, 1],
  ['grant', grantMessage, 1],
  ['session', sessionMessage, 1],
  ['ack', signedAckMessage, 2],
  ['passage', signedPassageMessage, 1],
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

test('the examples of signed messages carry the signatures of the first test vectors', () => {
  const [vectors] = blocks('json test-vectors').map((text) => JSON.parse(text));
  const signatures = (name: string) => blocks(`json ${name}`).map((text) => JSON.parse(text).signature);
  assert.deepEqual(
    ['grant', 'session', 'ack', 'passage'].flatMap(signatures),
    [vectors.grants[0], vectors.sessions[0], vectors.acks[0], vectors.acks[1], vectors.passages[0]].map(
      ({ ed25519 }) => ed25519,
    ),
  );
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
    {
      span: millis(60_000),
      health: {
        memory: { own: 1, others: { 1: 1 }, available: 1 },
        cpuLoad: 0,
        temperature: 1,
        diskFree: 1,
        uptime: 1,
        eventLoop: { p50: 1, p99: 1, max: 1 },
      },
      at: wallTime(0),
    },
  );
  const told = JSON.parse(example);
  assert.deepEqual(Object.keys(told), Object.keys(compact(full)));
  assert.deepEqual(Object.keys(told.frame_age_ms), Object.keys(spread));
});

test('the access list is the one that the table of topics makes', () => {
  const logins: Partial<Record<Role, string>> = {
    box: 'twinstile',
    gate: 'gate-north',
    reader: 'reader-north',
    operator: 'front-desk',
  };
  const site = siteId('head-office');
  const made = accessList({
    site,
    fleet: site,
    device: 'box-7',
    lanes: [{ lane: laneId('north'), relay: ['cmnd/north-door/Backlog0'] }],
    homeAssistant: { prefix: 'homeassistant', statusTopic: 'homeassistant/status' },
    login: (role) => logins[role] ?? role,
  });
  assert.equal(blocks('acl').join(''), `${made.join('\n')}\n`);
});

test('the access list lets every topic that the program uses through, for the role that uses it', () => {
  const site = siteId('s');
  const topics = laneTopics(site, laneId('l'));
  const fleet = siteTopics(site);
  const list = accessList({ site, fleet: site, device: 'd', lanes: [{ lane: laneId('l') }] }).join('\n');
  const rulesOf = (user: string) =>
    (list.split(/\n\n/).find((block) => block.startsWith(`user ${user}\n`)) ?? '').split('\n').slice(1);
  const may = (user: string, right: string, topic: string) =>
    rulesOf(user).some((rule) => {
      const [, how = '', filter = ''] = rule.split(' ');
      return how === right && filterTakes(filter, topic);
    });
  const { gate } = topics;
  for (const topic of [topics.availability, topics.state, topics.health, topics.decision, topics.alert])
    assert.ok(may('box', 'write', topic), topic);
  for (const topic of [topics.operator.response('open'), gate.grant, topics.probe])
    assert.ok(may('box', 'write', topic), topic);
  for (const topic of [gate.challenge, gate.ack, gate.passage, topics.badge, topics.probe])
    assert.ok(may('box', 'read', topic), topic);
  for (const topic of [topics.operator.command('open'), topics.operator.command('open', 'panel')])
    assert.ok(may('box', 'read', topic), topic);
  for (const topic of [fleet.galleryPublished, fleet.galleryRevoked, fleet.galleryProbe('d')])
    assert.ok(may('box', 'read', topic), topic);
  for (const topic of [fleet.galleryReceipt('d'), fleet.galleryProbe('d')])
    assert.ok(may('box', 'write', topic), topic);
  assert.ok(
    !may('box', 'write', fleet.galleryRevoked) && !may('box', 'write', fleet.galleryReceipt('other')),
  );
  for (const topic of [fleet.galleryPublished, fleet.galleryRevoked])
    assert.ok(may('registrar', 'write', topic), topic);
  for (const topic of [fleet.galleryReceipt('d'), topics.availability, topics.state, topics.health])
    assert.ok(may('registrar', 'read', topic), topic);
  for (const topic of [gate.availability, gate.challenge, gate.ack, gate.passage])
    assert.ok(may('gate-l', 'write', topic), topic);
  assert.ok(may('gate-l', 'read', gate.grant) && may('reader-l', 'write', topics.badge));
  assert.ok(
    may('operator', 'write', topics.operator.command('open')) &&
      may('operator', 'read', topics.operator.response('open')),
  );
});
