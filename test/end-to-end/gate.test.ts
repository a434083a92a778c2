/** Lane and gate over a real broker: what opens, and what must never. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gateId, grantId, laneId, siteId } from '../../src/base/ids.js';
import { millis } from '../../src/base/units.js';
import { runActuator } from '../../src/gate/actuate.js';
import { createSimulator } from '../../src/gate/drives/simulated-drive.js';
import { createGateClient } from '../../src/gate/gate-client.js';
import { grantMessage, readMessage } from '../../src/gate/protocol/gate-messages.js';
import { laneTopics } from '../../src/gate/protocol/topics.js';
import type { Bus } from '../../src/platform/mqtt/message-bus.js';
import { connectBus } from '../../src/platform/mqtt/reconnecting-bus.js';
import { systemClock } from '../../src/platform/system-clock.js';
import { gateKeyPair } from '../gate/protocol/gate-keys.js';
import { grantBytes, keyPair, place } from '../gate/protocol/sample.js';
import { brokerFor } from '../service/demo/broker-for.js';
import { until } from '../until.js';

const topics = laneTopics(siteId('s'), laneId('l')).gate;
const keys = keyPair();
const { signer, trust } = gateKeyPair();

/** A broker, a gate, its lane, and somebody who listens to everything and may publish anything. */
async function siteFor(t: TestContext) {
  const broker = await brokerFor(t);
  const stop = new AbortController();
  const connect = (clientId: string, availability?: string): Bus =>
    connectBus({ url: broker.url, clientId, availability });
  const buses = {
    gate: connect('gate', topics.availability),
    lane: connect('lane'),
    stranger: connect('stranger'),
  };
  const drive = createSimulator();
  const ended = runActuator(
    {
      bus: buses.gate,
      topics,
      place,
      direction: 'in',
      keys: [keys.verifying],
      signer,
      drive,
      clock: systemClock,
    },
    stop.signal,
  );
  t.after(async () => {
    stop.abort();
    await ended;
    await Promise.all(Object.values(buses).map((bus) => bus.close()));
  });
  const client = createGateClient({
    bus: buses.lane,
    topics,
    place,
    key: keys.signing,
    trust,
    clock: systemClock,
  });
  const grants: Buffer[] = [];
  const acks: { readonly grant: string; readonly result: string; readonly reason?: string }[] = [];
  const challenges: string[] = [];
  buses.stranger.subscribe(topics.grant, ({ payload }) => {
    const isGrant = readMessage(grantMessage, payload) !== undefined;
    if (isGrant) grants.push(Buffer.from(payload));
  });
  buses.stranger.subscribe(topics.ack, ({ payload }) =>
    acks.push(JSON.parse(Buffer.from(payload).toString())),
  );
  buses.stranger.subscribe(topics.challenge, ({ payload }) =>
    challenges.push(JSON.parse(Buffer.from(payload).toString()).challenge),
  );
  await until(() => client.alive && challenges.length > 0, 'everybody hears the gate');
  return {
    ...buses,
    broker,
    drive,
    client,
    grants,
    acks,
    open: (id: string, pulse = 300) =>
      client.open({ grant: grantId(id), direction: 'in', pulse: millis(pulse) }),
    publish: (payload: Uint8Array, retain = false) =>
      buses.stranger.publish(topics.grant, payload, { qos: 1, retain }),
    async freshChallenge() {
      const before = challenges.length;
      await until(() => challenges.length > before, 'a fresh challenge');
      return challenges.at(-1) ?? '';
    },
    /** What the gate answered to the last message about this grant. */
    async answerTo(id: string, after = 0) {
      await until(() => acks.filter(({ grant }) => grant === id).length > after, `an answer to ${id}`);
      const ack = acks.filter(({ grant }) => grant === id).at(-1);
      return ack?.reason ?? ack?.result;
    },
  };
}

test('a grant opens the gate once, and the lane knows within the limit', async (t) => {
  const site = await siteFor(t);
  const outcome = await site.open('g-1');
  assert.equal(outcome.outcome, 'opened');
  assert.equal(site.drive.releases, 1);
  await until(() => !site.drive.released, 'shut by itself');
});

test('a grant that is delivered three times opens once, and each time is answered alike', async (t) => {
  const site = await siteFor(t);
  await site.open('g-1', 5000);
  await until(() => site.grants.length > 0, 'caught');
  const [caught = Buffer.alloc(0)] = site.grants;
  await site.publish(caught);
  await site.publish(caught);
  assert.equal(await site.answerTo('g-1', 2), 'opened');
  assert.equal(site.drive.releases, 1);
});

test('a caught grant that is played again when the gate is shut opens nothing', async (t) => {
  const site = await siteFor(t);
  await site.open('g-1', 200);
  await until(() => !site.drive.released && site.grants.length > 0, 'shut');
  await site.publish(site.grants[0] ?? Buffer.alloc(0));
  await site.answerTo('g-1', 1);
  await sleep(50);
  assert.deepEqual([site.drive.releases, site.drive.released], [1, false]);
});

test('a grant that arrives 2.1 s after its challenge is refused', async (t) => {
  const site = await siteFor(t);
  const late = grantBytes(keys.signing, { challenge: await site.freshChallenge(), id: grantId('late') });
  await sleep(2100);
  await site.publish(late);
  assert.equal(await site.answerTo('late'), 'stale-challenge');
  assert.equal(site.drive.releases, 0);
});

for (const [name, make, reason] of [
  ['forged with another key', (challenge) => grantBytes(keyPair().signing, { challenge }), 'bad-signature'],
  [
    'changed on its way',
    (challenge) => grantBytes(keys.signing, { challenge }, { pulse_ms: 9000 }),
    'bad-signature',
  ],
  [
    'meant for another gate',
    (challenge) => grantBytes(keys.signing, { challenge, gate: gateId('south-1') }),
    'wrong-gate',
  ],
  [
    'meant for the other direction',
    (challenge) => grantBytes(keys.signing, { challenge, direction: 'out' }),
    'wrong-direction',
  ],
  ['without a challenge of this gate', () => grantBytes(keys.signing), 'stale-challenge'],
] as const satisfies readonly (readonly [string, (challenge: string) => Uint8Array, string])[])
  test(`a grant ${name} is refused, and the next good one opens`, async (t) => {
    const site = await siteFor(t);
    await site.publish(make(await site.freshChallenge()));
    assert.equal(await site.answerTo('g-1'), reason);
    assert.equal(site.drive.releases, 0);
    assert.equal((await site.open('g-2')).outcome, 'opened');
  });

test('a retained grant opens nothing and is not answered', async (t) => {
  const site = await siteFor(t);
  const challenge = await site.freshChallenge();
  await site.publish(grantBytes(keys.signing, { challenge, id: grantId('kept') }), true);
  assert.equal((await site.open('g-2')).outcome, 'opened');
  assert.equal(site.drive.releases, 1);
  assert.deepEqual(
    site.acks.filter(({ grant }) => grant === 'kept'),
    [],
  );
});

test('a broker that is killed during a request: the lane says so in time, and nothing opens after its return', async (t) => {
  const site = await siteFor(t);
  const request = site.open('g-1');
  const again = site.broker.cut().then(() => site.open('g-2'));
  const releases = () => site.drive.releases;
  const first = await request;
  assert.ok(['opened', 'gate-unreachable', 'broker-disconnected'].includes(first.outcome), first.outcome);
  assert.ok(['broker-disconnected', 'gate-unreachable'].includes((await again).outcome));
  const before = releases();
  await site.broker.restore();
  await until(() => site.gate.connected && site.lane.connected, 'back');
  await site.freshChallenge();
  await sleep(300);
  assert.equal(releases(), before);
  assert.equal((await site.open('g-3')).outcome, 'opened');
  assert.equal(releases(), before + 1);
});

test('a request while the broker is away fails at once and is not made up for', async (t) => {
  const site = await siteFor(t);
  await site.broker.cut();
  await until(() => !site.lane.connected, 'away');
  assert.deepEqual(await site.open('g-1'), { outcome: 'broker-disconnected' });
  await site.broker.restore();
  await until(() => site.client.alive && site.lane.connected && site.gate.connected, 'back');
  await sleep(500);
  assert.equal(site.drive.releases, 0);
});

test('what was under way while the broker was frozen arrives too late and opens nothing', async (t) => {
  const site = await siteFor(t);
  await site.freshChallenge();
  site.broker.freeze();
  const outcome = await site.open('g-1');
  assert.deepEqual(outcome, { outcome: 'gate-unreachable' });
  await sleep(400);
  site.broker.thaw();
  // Both sendings lie in the broker's socket and go out now.
  assert.equal(await site.answerTo('g-1', 1), 'stale-challenge');
  assert.equal(site.drive.releases, 0);
  await until(async () => (await site.open(`later-${site.acks.length}`)).outcome === 'opened', 'opens again');
});
