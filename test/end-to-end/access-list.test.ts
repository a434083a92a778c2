/** The access list of docs/PROTOCOL.md lets everybody do their work, and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grantId, laneId, siteId } from '../../src/base/ids.js';
import { millis } from '../../src/base/units.js';
import { runActuator } from '../../src/gate/actuate.js';
import { createSimulator } from '../../src/gate/drives/simulated-drive.js';
import { createGateClient } from '../../src/gate/gate-client.js';
import { laneTopics, siteTopics } from '../../src/gate/protocol/topics.js';
import { connectBus } from '../../src/platform/mqtt/reconnecting-bus.js';
import { systemClock } from '../../src/platform/system-clock.js';
import { blocks } from '../gate/protocol/document.js';
import { gateKeyPair, placeOf } from '../gate/protocol/gate-keys.js';
import { keyPair } from '../gate/protocol/sample.js';
import { brokerFor } from '../service/demo/broker-for.js';
import { until } from '../until.js';

const topics = laneTopics(siteId('head-office'), laneId('north'));

test('with the access list of the document the gate opens, and who has no business there may not publish', async (t) => {
  const broker = await brokerFor(t, blocks('acl').join('').split('\n'));
  const login = (username: string) => {
    const bus = connectBus({ url: broker.url, clientId: username, username });
    t.after(() => bus.close());
    return bus;
  };
  const [lane, gate, reader, dashboard] = ['twinstile', 'gate-north', 'reader-north', 'dashboard'].map(login);
  assert.ok(lane && gate && reader && dashboard);
  const stop = new AbortController();
  const keys = keyPair();
  const { signer, trust } = gateKeyPair();
  const place = placeOf('head-office', 'north', 'north-1');
  const parts = { topics: topics.gate, place, clock: systemClock };
  const ended = runActuator(
    { ...parts, bus: gate, direction: 'in', keys: [keys.verifying], signer, drive: createSimulator() },
    stop.signal,
  );
  t.after(async () => {
    stop.abort();
    await ended;
  });
  const client = createGateClient({ ...parts, bus: lane, key: keys.signing, trust });
  await until(() => client.alive && reader.connected && dashboard.connected, 'connected');
  const outcome = await client.open({ grant: grantId('g'), direction: 'in', pulse: millis(300) });
  assert.equal(outcome.outcome, 'opened');

  const seen: string[] = [];
  dashboard.subscribe('twinstile/#', ({ topic }) => seen.push(topic));
  const desk = login('front-desk');
  desk.subscribe(topics.operator.response('snapshot'), ({ topic }) => seen.push(`desk ${topic}`));
  await until(() => desk.connected, 'the desk is connected');
  // Once more, until both have certainly subscribed.
  await until(async () => {
    await lane.publish(topics.operator.response('snapshot'), '{}', { qos: 1 });
    await lane.publish(topics.state, '{}', { qos: 1 });
    return seen.includes(`desk ${topics.operator.response('snapshot')}`) && seen.includes(topics.state);
  }, 'a picture for the desk');
  assert.ok(!seen.includes(topics.operator.response('snapshot')), 'and none for a dashboard');

  const { gate: gateTopics, badge, state, health, decision } = topics;
  for (const [who, bus, allowed] of [
    ['the lane', lane, [gateTopics.grant, state, health, decision]],
    ['the gate', gate, [gateTopics.challenge, gateTopics.ack, gateTopics.passage]],
    ['the reader', reader, [badge]],
    ['the dashboard', dashboard, []],
  ] as const)
    for (const topic of [...Object.values(gateTopics), badge, state, health, decision]) {
      if (topic === gateTopics.availability) continue;
      const expected = allowed.some((one) => one === topic) ? 'sent' : 'refused';
      assert.equal(await bus.publish(topic, '{}', { qos: 1 }), expected, `${who} on ${topic}`);
    }
});

test('with the access list of the document a revocation arrives at every box, and what a box has heard at the registrar', async (t) => {
  const broker = await brokerFor(t, blocks('acl').join('').split('\n'));
  const fleet = siteTopics(siteId('head-office'));
  const heard: string[] = [];
  const login = (username: string, filters: readonly string[]) => {
    const bus = connectBus({ url: broker.url, clientId: `${username} here`, username });
    t.after(() => bus.close());
    for (const filter of filters) bus.subscribe(filter, ({ topic }) => heard.push(`${username} ${topic}`));
    return bus;
  };
  const { galleryRevoked, galleryPublished } = fleet;
  const box = login('twinstile', [galleryRevoked, galleryPublished, topics.badge, topics.operator.commands]);
  const registrar = login('registrar', [fleet.galleryReceipts, 'twinstile/head-office/+/state']);
  const dashboard = login('dashboard', ['twinstile/#']);
  const [desk, reader] = [login('front-desk', []), login('reader-north', [])];
  await until(
    () => [box, registrar, dashboard, desk, reader].every(({ connected }) => connected),
    'connected',
  );
  await until(async () => {
    await box.publish(topics.state, '{}', { qos: 1 });
    return heard.includes(`registrar ${topics.state}`) && heard.includes(`dashboard ${topics.state}`);
  }, 'everybody has subscribed');
  for (const topic of [galleryRevoked, galleryPublished])
    assert.equal(await registrar.publish(topic, '{}', { qos: 1 }), 'sent');
  assert.equal(await box.publish(fleet.galleryReceipt('box-7'), '{}', { qos: 1, retain: true }), 'sent');
  assert.equal(await reader.publish(topics.badge, '{}', { qos: 1 }), 'sent');
  assert.equal(await desk.publish(topics.operator.command('open'), '{}', { qos: 1 }), 'sent');
  for (const expected of [
    `twinstile ${galleryRevoked}`,
    `twinstile ${galleryPublished}`,
    `twinstile ${topics.badge}`,
    `twinstile ${topics.operator.command('open')}`,
    `registrar ${fleet.galleryReceipt('box-7')}`,
  ])
    await until(() => heard.includes(expected), expected);
  assert.ok(!heard.includes(`dashboard ${galleryRevoked}`), 'a revocation has ids of people');
  for (const [who, bus] of Object.entries({ box, dashboard, desk, reader }))
    for (const topic of [galleryRevoked, galleryPublished, fleet.galleryReceipt('box-8')])
      assert.equal(await bus.publish(topic, '{}', { qos: 1 }), 'refused', `${who} on ${topic}`);
});

test('a login that may only read takes the name of no other, on a listener with use_username_as_clientid', async (t) => {
  const broker = await brokerFor(t, blocks('acl').join('').split('\n'), ['use_username_as_clientid true']);
  let losses = 0;
  const gate = connectBus({ url: broker.url, clientId: 'known', username: 'gate-north' });
  gate.onConnection((connected) => {
    if (!connected) losses += 1;
  });
  t.after(() => gate.close());
  await until(() => gate.connected, 'connected');
  const dashboard = connectBus({ url: broker.url, clientId: 'known', username: 'dashboard' });
  t.after(() => dashboard.close());
  await until(() => dashboard.connected, 'connected');
  assert.equal(await gate.publish(topics.gate.ack, '{}', { qos: 1 }), 'sent');
  assert.equal(losses, 0);
});
