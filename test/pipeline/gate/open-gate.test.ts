import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gateId, grantId, laneId, siteId } from '../../../src/base/ids.js';
import { millis } from '../../../src/base/units.js';
import { isSignedBy } from '../../../src/gate/grant.js';
import { type AckMessage, type GrantMessage, grantMessage, readMessage } from '../../../src/gate/messages.js';
import { laneTopics } from '../../../src/gate/topics.js';
import { createGateClient, type GateClientParts } from '../../../src/pipeline/gate/open-gate.js';
import { createFakeBroker } from '../../fakes/bus.js';
import { createFakeClock } from '../../fakes/clock.js';
import { challengeOf, keyPair } from '../../gate/sample.js';
import { until } from '../../until.js';

const topics = laneTopics(siteId('s'), laneId('l')).gate;
const gate = gateId('north-1');
const keys = keyPair();

/** A lane, and a gate whose behaviour the test writes itself. */
function lane(more: Partial<GateClientParts> = {}) {
  const broker = createFakeBroker();
  const clock = createFakeClock();
  const [bus, other] = [broker.connect(), broker.connect()];
  const client = createGateClient({ bus, topics, gate, key: keys.signing, clock, ...more });
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
    async ack(change: Partial<AckMessage> = {}, retain = false) {
      const message = { v: 1, grant: 'g-1', gate, result: 'opened', ...change };
      await other.publish(topics.ack, JSON.stringify(message), { qos: 1, retain });
      await sleep(0);
    },
    /** The gate answers each grant with `reply`. */
    onGrant(reply: (grant: GrantMessage, count: number) => void) {
      other.subscribe(topics.grant, ({ payload }) => {
        const grant = readMessage(grantMessage, payload);
        assert.ok(grant);
        grants.push(grant);
        reply(grant, grants.length);
      });
    },
    open: (id = 'g-1') => client.open({ grant: grantId(id), direction: 'in', pulse: millis(800) }),
  };
}
const sent = ({ broker }: ReturnType<typeof lane>) =>
  broker.published.filter(({ topic }) => topic === topics.grant);

test('the grant answers the newest challenge, is signed, not retained, QoS 0, and the acknowledgement counts', async () => {
  const at = lane();
  at.onGrant(({ id }) => {
    at.clock.pass(70);
    void at.ack({ grant: id });
  });
  await at.challenge(1);
  await at.challenge(2);
  assert.deepEqual(await at.open(), { outcome: 'opened', latency: 70 });
  const [grant] = at.grants;
  assert.ok(grant && isSignedBy(grant, keys.verifying));
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
  at.onGrant(({ id }) => void at.ack({ grant: id, result: 'refused', reason: 'under-repair' } as AckMessage));
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
  at.onGrant(({ id }, count) => {
    if (count === 2) void at.ack({ grant: id });
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
    assert.deepEqual(await at.open(), { outcome: 'gate-silent' });
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
  at.onGrant(({ id }) => void at.ack({ grant: id }));
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
  assert.deepEqual(await at.open(), { outcome: 'broker-away' });
  at.broker.restore();
  await sleep(20);
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
  ['the past: it was retained', {}, true],
  ['nobody: it cannot be read', { result: 'maybe' }, false],
] as const)
  test(`an acknowledgement of ${name} does not count`, async () => {
    const at = lane();
    at.onGrant(() => void at.ack(wrong as Partial<AckMessage>, retain));
    await at.challenge(1);
    assert.deepEqual(await at.open(), { outcome: 'gate-unreachable' });
  });

test('a late acknowledgement is told once, with how late it was', async () => {
  const late: unknown[] = [];
  const at = lane({ onLateAck: (grant, ack, by) => late.push([grant, ack.result, by]) });
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
  await at.challenge(1);
  await at.open();
  at.clock.pass(60_001);
  await at.ack();
  await at.ack({ grant: 'g-9' });
  assert.deepEqual(late, []);
});

test('passages of this gate are told, and what is not used is told with its reason', async () => {
  const passages: unknown[] = [];
  const dropped: unknown[] = [];
  const at = lane({
    onPassage: ({ outcome }) => passages.push(outcome),
    onDropped: (topic, reason) => dropped.push([topic, reason]),
  });
  const passage = { v: 1, gate, grant: 'g-1', outcome: 'passed', direction: 'in' };
  const say = (message: object, retain = false) =>
    at.other.publish(topics.passage, JSON.stringify(message), { qos: 1, retain });
  await say(passage);
  await say({ ...passage, gate: 'south-1' });
  await say({ ...passage, outcome: 'flew' });
  await say(passage, true);
  await until(() => dropped.length === 2, 'dropped');
  assert.deepEqual(passages, ['passed']);
  assert.deepEqual(dropped, [
    [topics.passage, 'bad-message'],
    [topics.passage, 'retained'],
  ]);
});
