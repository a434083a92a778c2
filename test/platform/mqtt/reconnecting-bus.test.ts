import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { MAX_PAYLOAD } from '../../../src/platform/mqtt/mqtt-connection.js';
import { connectBus } from '../../../src/platform/mqtt/reconnecting-bus.js';
import { busContract } from '../../contracts/bus.js';
import { brokerFor } from '../../service/demo/broker-for.js';
import { until } from '../../until.js';

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

test('the will says offline when a client is cut off without a goodbye', async (t) => {
  const broker = await brokerFor(t);
  const watcher = connectBus({ url: broker.url, clientId: 'watcher' });
  t.after(() => watcher.close());
  const heard: string[] = [];
  watcher.subscribe('here', ({ payload }) => heard.push(Buffer.from(payload).toString()));
  // A second client of the same name takes the session over: the first is gone without a word.
  const first = connectBus({ url: broker.url, clientId: 'twice', availability: 'here' });
  await until(() => heard.includes('online'), 'online');
  const second = connectBus({ url: broker.url, clientId: 'twice' });
  t.after(() => second.close());
  await until(() => heard.includes('offline'), 'offline');
  await first.close();
});

test('a connection that another client took over comes back under a name that nobody knows', async (t) => {
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
  await until(() => problems.some((text) => text.includes('under its name')), 'told');
  await until(() => bus.connected && thief.connected, 'both are connected');
  // Neither throws the other off any more.
  assert.equal(names, 2);
  assert.equal(await bus.publish('x', 'y', { qos: 1 }), 'sent');
  assert.equal(await thief.publish('x', 'y', { qos: 1 }), 'sent');
  assert.deepEqual(problems.length, 1);
});

test('two clients that the broker takes for one say that their sessions are taken over', async (t) => {
  const broker = await brokerFor(t);
  const taken: string[] = [];
  const buses = ['first', 'second'].map((who) =>
    connectBus({ url: broker.url, clientId: 'the-same', onTakenOver: () => taken.push(who) }),
  );
  t.after(() => Promise.all(buses.map((bus) => bus.close())));
  await until(() => taken.length > 0, 'told');
});

test('a broker that restarts is no other client', async (t) => {
  const broker = await brokerFor(t);
  const taken: string[] = [];
  const bus = connectBus({ url: broker.url, clientId: 'lane', onTakenOver: () => taken.push('lane') });
  t.after(() => bus.close());
  for (let restart = 0; restart < 4; restart += 1) {
    await until(() => bus.connected, 'connected');
    await broker.cut();
    await until(() => !bus.connected, 'away');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await broker.restore();
  }
  await until(() => bus.connected, 'connected');
  assert.deepEqual(taken, []);
});

test('a broker that says that the session was taken over (142) is believed at once', async (t) => {
  const CONNACK = Uint8Array.of(0x20, 0x03, 0x00, 0x00, 0x00);
  const TAKEN_OVER = Uint8Array.of(0xe0, 0x02, 142, 0x00);
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.write(Buffer.concat([CONNACK, TAKEN_OVER]), () => socket.end()));
    t.after(() => socket.destroy());
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  let taken = 0;
  const problems: string[] = [];
  const bus = connectBus({
    url: `mqtt://127.0.0.1:${address.port}`,
    clientId: 'lane',
    onTakenOver: () => {
      taken += 1;
    },
    onProblem: (detail) => problems.push(detail),
  });
  t.after(() => bus.close());
  await until(() => taken >= 1, 'told');
  assert.match(problems[0] ?? '', /142/);
});

test('says online once more when the will of a process before it may have come in between', async (t) => {
  const broker = await brokerFor(t);
  const watcher = connectBus({ url: broker.url, clientId: 'watcher' });
  t.after(() => watcher.close());
  const heard: string[] = [];
  watcher.subscribe('here', ({ payload }) => heard.push(Buffer.from(payload).toString()));
  const lane = connectBus({ url: broker.url, clientId: 'lane', availability: 'here' });
  t.after(() => lane.close());
  await until(() => heard.includes('online'), 'online');
  await watcher.publish('here', 'offline', { qos: 1, retain: true });
  await until(() => heard.at(-1) === 'online' && heard.includes('offline'), 'online again');
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
  await until(() => problems.length >= 2, 'tried twice');
  assert.match(problems[0] ?? '', /ECONNREFUSED/);
  assert.equal(await bus.publish('x', 'y', { qos: 1 }), 'not-connected');
  await broker.restore();
  await until(() => bus.connected, 'connected');
});

test('a broker that takes the connection and says nothing is given up and tried again', async (t) => {
  let connections = 0;
  const silent = createServer((socket) => {
    connections += 1;
    socket.on('error', () => {});
    t.after(() => socket.destroy());
  }).listen(0, '127.0.0.1');
  t.after(() => silent.close());
  await new Promise((resolve) => silent.once('listening', resolve));
  const address = silent.address();
  assert.ok(typeof address === 'object' && address !== null);
  const bus = connectBus({ url: `mqtt://127.0.0.1:${address.port}`, clientId: 'patient' });
  await until(() => connections >= 2, 'tried twice');
  assert.equal(bus.connected, false);
  await bus.close();
});

test('an acknowledgement that never comes ends as timed-out, and never as sent', async (t) => {
  const broker = await brokerFor(t);
  const bus = connectBus({ url: broker.url, clientId: 'cut-off' });
  t.after(() => bus.close());
  await until(() => bus.connected, 'connected');
  const result = bus.publish('x', 'y'.repeat(200_000), { qos: 1 });
  await broker.cut();
  assert.ok(['timed-out', 'sent'].includes(await result));
});

test('a subscription that the broker refuses is told, and the others work', async (t) => {
  const broker = await brokerFor(t, ['topic readwrite mine']);
  const problems: string[] = [];
  const bus = connectBus({ url: broker.url, clientId: 'curious', onProblem: (text) => problems.push(text) });
  t.after(() => bus.close());
  const heard: string[] = [];
  bus.subscribe('secret', () => heard.push('secret'));
  bus.subscribe('mine', () => heard.push('mine'));
  await until(async () => {
    await bus.publish('mine', 'x', { qos: 1 });
    return heard.includes('mine');
  }, 'heard');
  assert.deepEqual(
    problems.filter((text) => !text.includes('secret')),
    [],
  );
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
  test(`a message is heard once by each of ${filters.join(' and ')}`, async (t) => {
    const broker = await brokerFor(t);
    const bus = connectBus({ url: broker.url, clientId: 'overlap' });
    t.after(() => bus.close());
    await until(() => bus.connected, 'connected');
    const heard: string[] = [];
    for (const filter of filters)
      bus.subscribe(filter, ({ payload }) => heard.push(`${filter} ${Buffer.from(payload)}`));
    await until(async () => {
      await bus.publish('lane/x', 'probe', { qos: 1 });
      return filters.every((filter) => heard.includes(`${filter} probe`));
    }, 'subscribed');
    await bus.publish('lane/x', 'once', { qos: 1 });
    await bus.publish('lane/x', 'end', { qos: 1 });
    await until(() => filters.every((filter) => heard.includes(`${filter} end`)), 'end');
    assert.deepEqual(
      heard.filter((line) => line.endsWith(' once')).sort(),
      filters.map((filter) => `${filter} once`).sort(),
    );
  });
