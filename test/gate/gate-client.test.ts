import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { grantId, laneId, siteId } from '../../src/base/ids.js';
import { millis } from '../../src/base/units.js';
import { createGateClient, type GateClientDependencies } from '../../src/gate/gate-client.js';
import type { GateAnswer } from '../../src/gate/protocol/answer-bytes.js';
import { type AnswerWriter, createAnswerWriter } from '../../src/gate/protocol/answer-writer.js';
import {
  type GrantMessage,
  grantMessage,
  readMessage,
  type SessionMessage,
  sessionMessage,
} from '../../src/gate/protocol/gate-messages.js';
import { isSignedBy, messageDigest } from '../../src/gate/protocol/grant.js';
import { laneTopics } from '../../src/gate/protocol/topics.js';
import { createFakeBroker } from '../fakes/bus.js';
import { createFakeClock } from '../fakes/clock.js';
import { until } from '../until.js';
import { gateKeyPair } from './protocol/gate-keys.js';
import { challengeOf, keyPair, place, signedFor } from './protocol/sample.js';

const topics = laneTopics(siteId('s'), laneId('l')).gate;
const { gate } = place;
const keys = keyPair();
const own = gateKeyPair();
/** Signs as the gate does, and as somebody else with a key of their own would. */
const writer = createAnswerWriter(place, own.signer, '00'.repeat(8));
const forger = createAnswerWriter(place, gateKeyPair().signer, '00'.repeat(8));

/** A lane, and a gate whose behaviour the test writes itself. */
function lane(more: Partial<GateClientDependencies> = {}) {
  const broker = createFakeBroker();
  const clock = createFakeClock();
  const [bus, other] = [broker.connect(), broker.connect()];
  const client = createGateClient({
    bus,
    topics,
    place,
    key: keys.signing,
    trust: own.trust,
    clock,
    ...more,
  });
  const grants: GrantMessage[] = [];
  return {
    broker,
    clock,
    client,
    other,
    grants,
    async challenge(n: number, change: object = {}, retain = false) {
      const message = { v: 1, gate, boot: '00'.repeat(8), sequence: n, challenge: challengeOf(n), ...change };
      await other.publish(topics.challenge, JSON.stringify(message), { qos: 0, retain });
      await sleep(0);
    },
    /** The gate's answer to the newest grant. @param change made after signing. */
    async ack(
      answer: GateAnswer = { result: 'opened' },
      change: object = {},
      retain = false,
      by: AnswerWriter = writer,
    ) {
      const grant = grants.at(-1);
      assert.ok(grant);
      const signed = by.ack({ grant: grant.id, request: messageDigest(grant, signedFor) }, answer) ?? '';
      const message = { ...JSON.parse(signed), ...change };
      await other.publish(topics.ack, JSON.stringify(message), { qos: 1, retain });
      await sleep(0);
    },
    /** The gate answers each grant with `reply`. */
    onGrant(reply: (grant: GrantMessage, count: number) => void) {
      other.subscribe(topics.grant, ({ payload }) => {
        const grant = readMessage(grantMessage, payload);
        if (grant === undefined) return;
        grants.push(grant);
        reply(grant, grants.length);
      });
    },
    /** Answers the lane's request for a session. @returns it. */
    async session(): Promise<string> {
      const asked: SessionMessage[] = [];
      other.subscribe(topics.grant, ({ payload }) => {
        const message = readMessage(sessionMessage, payload);
        if (message !== undefined) asked.push(message);
      });
      await this.challenge(99);
      await until(() => asked.length > 0, 'a session request');
      const [request] = asked;
      assert.ok(request);
      const about = { grant: null, request: messageDigest(request, signedFor) };
      await other.publish(topics.ack, writer.ack(about, { result: 'ready' }) ?? '', { qos: 1 });
      await until(() => client.isProven, 'proven');
      return request.session;
    },
    open: (id = 'g-1') => client.open({ grant: grantId(id), direction: 'in', pulse: millis(800) }),
  };
}
const sent = ({ broker }: ReturnType<typeof lane>) =>
  broker.published.filter(
    ({ topic, payload }) =>
      topic === topics.grant && readMessage(grantMessage, Buffer.from(payload)) !== undefined,
  );

test('the grant answers the newest challenge, is signed, not retained, QoS 0, and the acknowledgement counts', async () => {
  const at = lane();
  at.onGrant(() => {
    at.clock.pass(70);
    void at.ack();
  });
  await at.challenge(1);
  await at.challenge(2);
  assert.deepEqual(await at.open(), { outcome: 'opened', latency: 70 });
  const [grant] = at.grants;
  assert.ok(grant && isSignedBy(grant, keys.verifying, signedFor));
  assert.deepEqual(
    [grant.challenge, grant.pulse_ms, grant.direction, grant.gate],
    [challengeOf(2), 800, 'in', gate],
  );
  assert.deepEqual(
    sent(at).map(({ qos, retain }) => [qos, retain]),
    [[0, false]],
  );
});

test('a refusal is told with its reason, also one of a later version', async () => {
  const at = lane();
  at.onGrant(() => void at.ack({ result: 'refused', reason: 'under-repair' }));
  await at.challenge(1);
  assert.deepEqual(await at.open(), { outcome: 'refused', reason: 'under-repair', latency: 0 });
});

test('without an acknowledgement the same bytes go out once more, and then the gate is unreachable', async () => {
  const at = lane();
  at.onGrant(() => {});
  await at.challenge(1);
  assert.deepEqual(await at.open(), { outcome: 'gate-unreachable' });
  const bytes = sent(at).map(({ payload }) => payload);
  assert.equal(bytes.length, 2);
  assert.equal(new Set(bytes).size, 1);
});

test('an acknowledgement of the repeat counts', async () => {
  const at = lane();
  at.onGrant((_, count) => {
    if (count === 2) void at.ack();
  });
  await at.challenge(1);
  assert.equal((await at.open()).outcome, 'opened');
});

for (const [name, prepare] of [
  ['none was ever heard', async () => {}],
  [
    'it is older than 1.5 s',
    async (at) => {
      await at.challenge(1);
      at.clock.pass(1501);
    },
  ],
  ['it was retained', (at) => at.challenge(1, {}, true)],
  ['it is another gate’s', (at) => at.challenge(1, { gate: 'south-1' })],
  ['it cannot be read', (at) => at.challenge(1, { challenge: 'short' })],
] as const satisfies readonly (readonly [string, (at: ReturnType<typeof lane>) => Promise<void>])[])
  test(`nothing is sent for want of a challenge when ${name}`, async () => {
    const at = lane();
    await prepare(at);
    assert.equal(at.client.alive, false);
    assert.deepEqual(await at.open(), { outcome: 'gate-offline' });
    assert.deepEqual(sent(at), []);
  });

test('a challenge of exactly 1.5 s still counts', async () => {
  const at = lane();
  await at.challenge(1);
  at.clock.pass(1500);
  assert.equal(at.client.alive, true);
});

test('a second grant waits for the next challenge instead of using the first one up', async () => {
  const at = lane();
  at.onGrant(() => void at.ack());
  await at.challenge(1);
  await at.open('g-1');
  const second = at.open('g-2');
  await at.challenge(2);
  assert.equal((await second).outcome, 'opened');
  assert.deepEqual(
    at.grants.map(({ challenge }) => challenge),
    [challengeOf(1), challengeOf(2)],
  );
});

test('while the broker is away nothing is sent, then or later', async () => {
  const at = lane();
  await at.challenge(1);
  at.broker.cut();
  assert.deepEqual(await at.open(), { outcome: 'broker-disconnected' });
  at.broker.restore();
  await at.challenge(2);
  assert.deepEqual(sent(at), []);
});

test('a broker that goes away after the sending leaves the outcome open', async () => {
  const at = lane();
  at.onGrant(() => at.broker.cut());
  await at.challenge(1);
  assert.deepEqual(await at.open(), { outcome: 'gate-unreachable' });
});

for (const [name, wrong, retain] of [
  ['another gate', { gate: 'south-1' }, false],
  ['another grant', { grant: 'g-0' }, false],
  ['another request with the same id', { request: 'ab'.repeat(32) }, false],
  ['somebody else: its reason was changed', { result: 'refused', reason: 'busy' }, false],
  ['the past: it was retained', {}, true],
  ['nobody: it cannot be read', { result: 'maybe' }, false],
] as const)
  test(`an acknowledgement of ${name} does not count`, async () => {
    const at = lane();
    at.onGrant(() => void at.ack({ result: 'opened' }, wrong, retain));
    await at.challenge(1);
    assert.deepEqual(await at.open(), { outcome: 'gate-unreachable' });
  });

test('a late acknowledgement is told once, with how late it was', async () => {
  const late: unknown[] = [];
  const at = lane({ onLateAck: (grant, ack, by) => late.push([grant, ack.result, by]) });
  at.onGrant(() => {});
  await at.challenge(1);
  await at.open();
  at.clock.pass(4000);
  await at.ack();
  await at.ack();
  assert.deepEqual(late, [['g-1', 'opened', 4000]]);
});

test('an acknowledgement after a minute, or of a grant nobody sent, is told to nobody', async () => {
  const late: unknown[] = [];
  const at = lane({ onLateAck: (grant) => late.push(grant) });
  at.onGrant(() => {});
  await at.challenge(1);
  await at.open();
  at.clock.pass(60_001);
  await at.ack();
  const unknown = writer.ack({ grant: 'g-9', request: 'ab'.repeat(32) }, { result: 'opened' }) ?? '';
  await at.other.publish(topics.ack, unknown, { qos: 1 });
  await sleep(0);
  assert.deepEqual(late, []);
});

test('passages of this gate are told, and what is not used is told with its reason', async () => {
  const passages: unknown[] = [];
  const dropped: unknown[] = [];
  const at = lane({
    onPassage: ({ outcome }, verified) => passages.push([outcome, verified]),
    onDropped: (topic, reason) => dropped.push([topic, reason]),
  });
  const session = await at.session();
  const said = createAnswerWriter(place, own.signer, '00'.repeat(8));
  said.useSession(session, undefined);
  const passage = { v: 1, gate, grant: 'g-1', outcome: 'passed', direction: 'in' } as const;
  const say = (message: string, retain = false) =>
    at.other.publish(topics.passage, message, { qos: 1, retain });
  const first = said.passage(passage);
  const second = said.passage({ ...passage, outcome: 'tailgated' });
  await say(first);
  await say(JSON.stringify({ ...JSON.parse(second), gate: 'south-1' }));
  await say(JSON.stringify({ ...JSON.parse(second), outcome: 'flew' }));
  await say(second, true);
  await say(second);
  await say(first);
  await say(JSON.stringify(passage));
  await say(JSON.stringify({ ...JSON.parse(said.passage(passage)), outcome: 'timeout' }));
  await say(writer.passage(passage));
  await until(() => dropped.length === 6, 'dropped');
  assert.deepEqual(passages, [
    ['passed', true],
    ['tailgated', true],
  ]);
  assert.deepEqual(dropped, [
    [topics.passage, 'bad-message'],
    [topics.passage, 'retained'],
    [topics.passage, 'repeated'],
    [topics.passage, 'unsigned'],
    [topics.passage, 'bad-signature'],
    [topics.passage, 'other-session'],
  ]);
});

test('an unsigned refused busy before the true opened is dropped, counted, and the lane believes the gate', async () => {
  const dropped: unknown[] = [];
  const at = lane({ onDropped: (topic, reason) => dropped.push([topic, reason]) });
  at.onGrant(({ id }) => {
    const forged = { v: 1, grant: id, gate, result: 'refused', reason: 'busy' };
    void at.other.publish(topics.ack, JSON.stringify(forged), { qos: 1 });
    void at.ack({ result: 'refused', reason: 'busy' }, {}, false, forger);
    void at.ack();
  });
  await at.challenge(1);
  assert.equal((await at.open()).outcome, 'opened');
  assert.deepEqual(dropped, [
    [topics.ack, 'unsigned'],
    [topics.ack, 'bad-signature'],
  ]);
});

test('what the gate signs about a forged copy of a grant is not its answer to the grant', async () => {
  const at = lane();
  at.onGrant((grant) => {
    const copy = { ...grant, signature: '00'.repeat(64) };
    const about = { grant: grant.id, request: messageDigest(copy, signedFor) };
    const said = writer.ack(about, { result: 'refused', reason: 'bad-signature' }) ?? '';
    void at.other.publish(topics.ack, said, { qos: 1 });
    void at.ack();
  });
  await at.challenge(1);
  assert.equal((await at.open()).outcome, 'opened');
});

test('without a signed answer the lane behaves as without an answer', async () => {
  const at = lane();
  at.onGrant(() => void at.ack({ result: 'opened' }, {}, false, forger));
  await at.challenge(1);
  assert.deepEqual(await at.open(), { outcome: 'gate-unreachable' });
});

test('two different answers to one grant are told once, and the first one counts', async () => {
  const both: unknown[] = [];
  const at = lane({ onContradiction: (grant, one, other) => both.push([grant, one.result, other.result]) });
  at.onGrant(() => void at.ack({ result: 'refused', reason: 'busy' }));
  await at.challenge(1);
  assert.deepEqual(await at.open(), { outcome: 'refused', reason: 'busy', latency: 0 });
  for (let n = 0; n < 3; n += 1) await at.ack();
  await at.ack({ result: 'refused', reason: 'busy' });
  assert.deepEqual(both, [['g-1', 'refused', 'opened']]);
});

test('an unconfirmed opening is an outcome of its own, and the truth that follows is no contradiction', async () => {
  const said: unknown[] = [];
  const at = lane({
    onLateAck: (grant, { result }) => said.push([grant, result]),
    onContradiction: () => said.push('contradiction'),
  });
  at.onGrant(() => void at.ack({ result: 'unconfirmed' }));
  await at.challenge(1);
  assert.equal((await at.open()).outcome, 'unconfirmed');
  await at.ack({ result: 'refused', reason: 'drive-failed' });
  await at.ack({ result: 'unconfirmed' });
  assert.deepEqual(said, [['g-1', 'refused']]);
});

test('a gate that does not sign is told as unproven after three seconds, and one that does is not', async () => {
  const at = lane();
  for (let n = 0; n < 5; n += 1) {
    await at.challenge(n);
    at.clock.pass(700);
  }
  assert.equal(at.client.answers, 'unproven');
  at.clock.pass(1000);
  await at.session();
  await at.challenge(6);
  assert.deepEqual([at.client.answers, at.client.isProven], ['signed', true]);
});

test('a gate that was started anew is asked for its session again', async () => {
  const at = lane();
  const session = await at.session();
  at.clock.pass(1000);
  await at.challenge(7, { boot: '11'.repeat(8) });
  const asked = at.broker.published.filter(({ payload }) => payload.includes(session));
  assert.equal(asked.length, 2);
});

test('a gate of version 1 is believed unsigned, and its refusals are unproven', async () => {
  const at = lane({ trust: { protocol: 1 } });
  at.onGrant(({ id }) => {
    const message = { v: 1, grant: id, gate, result: 'refused', reason: 'busy' };
    void at.other.publish(topics.ack, JSON.stringify(message), { qos: 1 });
  });
  await at.challenge(1);
  assert.deepEqual(await at.open(), { outcome: 'refused', reason: 'busy', latency: 0, unproven: true });
  assert.equal(at.client.answers, 'unsigned');
  assert.equal(at.grants[0]?.v, 1);
});
