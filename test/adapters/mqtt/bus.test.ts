import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { connectBus } from '../../../src/adapters/mqtt/bus.js';
import { LARGEST_PAYLOAD } from '../../../src/adapters/mqtt/connection.js';
import { busContract } from '../../contracts/bus.js';
import { until } from '../../until.js';
import { brokerFor } from '../mosquitto/broker-for.js';

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
        ...(availability === undefined ? {} : { availability }),
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
  for (const size of [LARGEST_PAYLOAD + 1, LARGEST_PAYLOAD + 10_000, LARGEST_PAYLOAD])
    await a.publish('big', Buffer.alloc(size), { qos: 1 });
  await until(() => sizes.length > 0, 'the largest that is allowed');
  assert.deepEqual(sizes, [LARGEST_PAYLOAD]);
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
