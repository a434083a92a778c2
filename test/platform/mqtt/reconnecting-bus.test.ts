import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_PAYLOAD } from '../../../src/platform/mqtt/mqtt-connection.js';
import { connectBus } from '../../../src/platform/mqtt/reconnecting-bus.js';
import { busContract } from '../../contracts/bus.js';
import { brokerFor } from '../../service/demo/broker-for.js';
import { until } from '../../until.js';
import { CONNACK, PACKET, rawBrokerFor } from './raw-broker.js';

const ACCESS = ['topic readwrite #', 'topic deny forbidden/#'];

busContract('the MQTT bus', async (t) => {
  const broker = await brokerFor(t, ACCESS);
  let count = 0;
  return {
    connect(availability) {
      count += 1;
      const clientId = `test-${count}`;
      return connectBus({
        url: broker.url,
        clientId,
        availability,
      });
    },
    forbidden: async () => 'forbidden/x',
    cut: broker.cut,
    restore: broker.restore,
  };
});

test('the will publishes offline when a client is cut off without a goodbye', async (t) => {
  const broker = await brokerFor(t);
  const observer = connectBus({ url: broker.url, clientId: 'observer' });
  t.after(() => observer.close());
  const received: string[] = [];
  observer.subscribe('here', ({ payload }) => received.push(Buffer.from(payload).toString()));
  // A second client of the same name takes the session over: the first is gone without a word.
  const first = connectBus({ url: broker.url, clientId: 'twice', availability: 'here' });
  await until(() => received.includes('online'), 'online');
  const second = connectBus({ url: broker.url, clientId: 'twice' });
  t.after(() => second.close());
  await until(() => received.includes('offline'), 'offline');
  await first.close();
});

test('a connection that another client took over comes back with a new client id', async (t) => {
  const broker = await brokerFor(t);
  let names = 0;
  const problems: string[] = [];
  const bus = connectBus({
    url: broker.url,
    clientId: () => `lane-${++names}`,
    onProblem: (detail) => problems.push(detail),
  });
  t.after(() => bus.close());
  await until(() => bus.connected, 'connected');
  const thief = connectBus({ url: broker.url, clientId: 'lane-1' });
  t.after(() => thief.close());
  await until(() => problems.some((text) => text.includes('under its name')), 'takeover reported');
  await until(() => bus.connected && thief.connected, 'both are connected');
  // Neither throws the other off any more.
  assert.equal(names, 2);
  assert.equal(await bus.publish('x', 'y', { qos: 1 }), 'sent');
  assert.equal(await thief.publish('x', 'y', { qos: 1 }), 'sent');
  assert.deepEqual(problems.length, 1);
});

test('two clients that the broker takes for one report a takeover', async (t) => {
  const broker = await brokerFor(t);
  const taken: string[] = [];
  const buses = ['first', 'second'].map((who) =>
    connectBus({ url: broker.url, clientId: 'the-same', onTakenOver: () => taken.push(who) }),
  );
  t.after(() => Promise.all(buses.map((bus) => bus.close())));
  await until(() => taken.length > 0, 'takeover reported');
});

test('a broker that restarts is no other client', async (t) => {
  const broker = await brokerFor(t);
  const taken: string[] = [];
  let refused = 0;
  const bus = connectBus({
    url: broker.url,
    clientId: 'lane',
    onTakenOver: () => taken.push('lane'),
    onProblem(detail) {
      if (detail.includes('ECONNREFUSED')) refused += 1;
    },
  });
  t.after(() => bus.close());
  for (let restart = 0; restart < 4; restart += 1) {
    await until(() => bus.connected, 'connected');
    const before = refused;
    await broker.cut();
    await until(() => refused > before, 'an attempt failed while the broker was away');
    await broker.restore();
  }
  await until(() => bus.connected, 'connected');
  assert.deepEqual(taken, []);
});

test('a takeover that the broker reports (142) is noted at once', async (t) => {
  const TAKEN_OVER = Uint8Array.of(0xe0, 0x02, 142, 0x00);
  const url = await rawBrokerFor(t, (type, _packet, socket) => {
    if (type === PACKET.connect) socket.write(Buffer.concat([CONNACK, TAKEN_OVER]), () => socket.end());
  });
  let taken = 0;
  const problems: string[] = [];
  const bus = connectBus({
    url,
    clientId: 'lane',
    onTakenOver: () => {
      taken += 1;
    },
    onProblem: (detail) => problems.push(detail),
  });
  t.after(() => bus.close());
  await until(() => taken >= 1, 'takeover reported');
  assert.match(problems[0] ?? '', /142/);
});

test('publishes online again when the will of a process before it may have come in between', async (t) => {
  const broker = await brokerFor(t);
  const observer = connectBus({ url: broker.url, clientId: 'observer' });
  t.after(() => observer.close());
  const received: string[] = [];
  observer.subscribe('here', ({ payload }) => received.push(Buffer.from(payload).toString()));
  const lane = connectBus({ url: broker.url, clientId: 'lane', availability: 'here' });
  t.after(() => lane.close());
  await until(() => received.includes('online'), 'online');
  await observer.publish('here', 'offline', { qos: 1, retain: true });
  await until(() => received.at(-1) === 'online' && received.includes('offline'), 'online again');
});

test('a bus that starts before its broker connects as soon as there is one', async (t) => {
  const broker = await brokerFor(t);
  await broker.cut();
  const problems: string[] = [];
  const bus = connectBus({
    url: broker.url,
    clientId: 'early',
    onProblem: (detail) => problems.push(detail),
  });
  t.after(() => bus.close());
  await until(() => problems.length >= 1, 'tried');
  assert.match(problems[0] ?? '', /ECONNREFUSED/);
  assert.equal(await bus.publish('x', 'y', { qos: 1 }), 'not-connected');
  await broker.restore();
  await until(() => bus.connected, 'connected');
});

test('a broker that accepts the connection and never answers is given up and tried again', async (t) => {
  let attempts = 0;
  const url = await rawBrokerFor(t, (type) => {
    if (type === PACKET.connect) attempts += 1;
  });
  const bus = connectBus({ url, clientId: 'patient' });
  await until(() => attempts >= 2, 'tried twice');
  assert.equal(bus.connected, false);
  await bus.close();
});

test('an acknowledgement that never comes ends as timed-out', async (t) => {
  const url = await rawBrokerFor(t, (type, _packet, socket) => {
    if (type === PACKET.connect) socket.write(CONNACK);
  });
  const bus = connectBus({ url, clientId: 'unanswered' });
  t.after(() => bus.close());
  await until(() => bus.connected, 'connected');
  assert.equal(await bus.publish('x', 'y', { qos: 1 }), 'timed-out');
});

test('a connection that is lost before the acknowledgement ends as timed-out, for the message may have arrived', async (t) => {
  const url = await rawBrokerFor(t, (type, _packet, socket) => {
    if (type === PACKET.connect) socket.write(CONNACK);
    if (type === PACKET.publish) socket.destroy();
  });
  const bus = connectBus({ url, clientId: 'cut-off' });
  t.after(() => bus.close());
  await until(() => bus.connected, 'connected');
  assert.equal(await bus.publish('x', 'y'.repeat(200_000), { qos: 1 }), 'timed-out');
});

test('a subscription that the broker refuses is reported, and the others work', async (t) => {
  const SUBACK = { granted: 0x01, notAuthorized: 0x87 };
  const url = await rawBrokerFor(t, (type, packet, socket) => {
    if (type === PACKET.connect) socket.write(CONNACK);
    if (type !== PACKET.subscribe) return;
    const reason = packet.includes('secret') ? SUBACK.notAuthorized : SUBACK.granted;
    socket.write(Uint8Array.of(0x90, 0x04, packet[2] ?? 0, packet[3] ?? 0, 0x00, reason));
    // QoS 0, without properties: topic "mine", payload "x".
    if (reason === SUBACK.granted) socket.write(Buffer.from('\x30\x08\x00\x04mine\x00x', 'latin1'));
  });
  const problems: string[] = [];
  const bus = connectBus({ url, clientId: 'curious', onProblem: (text) => problems.push(text) });
  t.after(() => bus.close());
  const received: string[] = [];
  bus.subscribe('secret', () => received.push('secret'));
  bus.subscribe('mine', () => received.push('mine'));
  await until(() => received.length > 0 && problems.length > 0, 'one granted, one refused');
  assert.deepEqual(received, ['mine']);
  assert.deepEqual(problems, ['cannot subscribe to secret: Subscribe error: Not authorized']);
});

test('a message longer than anything we take never arrives', async (t) => {
  const broker = await brokerFor(t);
  const [a, b] = ['a', 'b'].map((clientId) => connectBus({ url: broker.url, clientId }));
  assert.ok(a && b);
  t.after(() => Promise.all([a.close(), b.close()]));
  const sizes: number[] = [];
  b.subscribe('big', ({ payload }) => sizes.push(payload.length));
  await until(() => a.connected && b.connected, 'connected');
  for (const size of [MAX_PAYLOAD + 1, MAX_PAYLOAD + 10_000, MAX_PAYLOAD])
    await a.publish('big', Buffer.alloc(size), { qos: 1 });
  await until(() => sizes.length > 0, 'the largest that is allowed');
  assert.deepEqual(sizes, [MAX_PAYLOAD]);
  assert.equal(b.connected, true);
});

test('close ends a bus that never found its broker', async () => {
  const bus = connectBus({ url: 'mqtt://127.0.0.1:1', clientId: 'lonely' });
  await bus.close();
  assert.equal(bus.connected, false);
});

for (const filters of [
  ['lane/#', 'lane/+'],
  ['lane/+', 'lane/x'],
] as const)
  test(`a message is received once by each of ${filters.join(' and ')}`, async (t) => {
    const broker = await brokerFor(t);
    const bus = connectBus({ url: broker.url, clientId: 'overlap' });
    t.after(() => bus.close());
    await until(() => bus.connected, 'connected');
    const received: string[] = [];
    for (const filter of filters)
      bus.subscribe(filter, ({ payload }) => received.push(`${filter} ${Buffer.from(payload)}`));
    await until(async () => {
      await bus.publish('lane/x', 'probe', { qos: 1 });
      return filters.every((filter) => received.includes(`${filter} probe`));
    }, 'subscribed');
    await bus.publish('lane/x', 'once', { qos: 1 });
    await bus.publish('lane/x', 'end', { qos: 1 });
    await until(() => filters.every((filter) => received.includes(`${filter} end`)), 'end');
    assert.deepEqual(
      received.filter((line) => line.endsWith(' once')).sort(),
      filters.map((filter) => `${filter} once`).sort(),
    );
  });

test('what each attempt to connect meets is reported once, with what is needed', async (t) => {
  let attempts = 0;
  const url = await rawBrokerFor(t, (type, _, socket) => {
    if (type !== PACKET.connect) return;
    attempts += 1;
    socket.end(Uint8Array.of(0x20, 0x02, 0x00, 0x01));
  });
  const problems: string[] = [];
  const bus = connectBus({ url, clientId: 'old', onProblem: (detail) => problems.push(detail) });
  t.after(() => bus.close());
  await until(() => attempts >= 3, 'three attempts');
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? '', /speaks no MQTT 5/);
});
