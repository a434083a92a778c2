/** What every bus keeps, whatever carries its messages. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Bus, BusMessage } from '../../src/platform/mqtt/message-bus.js';
import { until } from '../until.js';

export interface BusWorld {
  /** A bus of one participant; the suite closes it. */
  connect(availability?: string): Bus;
  /** A topic on which nobody may publish. */
  forbidden(): Promise<string>;
  /** The broker is gone, as after a power cut. */
  cut(): Promise<void>;
  /** It is back, at the same address. */
  restore(): Promise<void>;
}

/** @param setUp makes a broker of its own for each test, and undoes it with the test. */
export function busContract(name: string, setUp: (t: TestContext) => Promise<BusWorld>): void {
  const arrange = async (t: TestContext) => {
    const world = await setUp(t);
    const connect = async (availability?: string) => {
      const bus = world.connect(availability);
      t.after(() => bus.close());
      await until(() => bus.connected, 'connected');
      return bus;
    };
    return { ...world, connect };
  };
  /** What `bus` hears on `filter`, from when the subscription works. */
  const ear = async (bus: Bus, filter: string) => {
    const heard: string[] = [];
    const messages: BusMessage[] = [];
    bus.subscribe(filter, (message) => {
      heard.push(Buffer.from(message.payload).toString());
      messages.push(message);
    });
    return { heard, messages };
  };
  /** Publishes `probe` until it is heard: then everything before it has been, too. */
  const settled = async (from: Bus, topic: string, { heard }: { readonly heard: readonly string[] }) => {
    const probe = `probe ${Math.random()}`;
    await until(async () => {
      await from.publish(topic, probe, { qos: 1 });
      return heard.includes(probe);
    }, `heard on ${topic}`);
  };
  const words = ({ heard }: { readonly heard: readonly string[] }) =>
    heard.filter((text) => !text.startsWith('probe'));

  test(`${name} carries text and bytes to everybody who asked, and to nobody else`, async (t) => {
    const { connect } = await arrange(t);
    const [a, b] = [await connect(), await connect()];
    const one = await ear(b, 'lane/+');
    const other = await ear(b, 'elsewhere/#');
    await settled(a, 'lane/x', one);
    assert.equal(await a.publish('lane/x', 'text', { qos: 0 }), 'sent');
    assert.equal(await a.publish('lane/y', Uint8Array.of(98, 121, 116, 101, 115), { qos: 1 }), 'sent');
    await settled(a, 'lane/x', one);
    assert.deepEqual(words(one), ['text', 'bytes']);
    assert.deepEqual(
      one.messages.filter(({ retained }) => retained),
      [],
    );
    assert.deepEqual(other.heard, []);
  });

  test(`${name} tells where an answer is wanted, and what belongs to it`, async (t) => {
    const { connect } = await arrange(t);
    const [a, b] = [await connect(), await connect()];
    const ear1 = await ear(b, 'asked');
    await settled(a, 'asked', ear1);
    const correlation = Uint8Array.of(0, 255, 7);
    await a.publish('asked', 'please', { qos: 1, responseTopic: 'answers/a', correlation });
    await until(() => ear1.heard.includes('please'), 'heard');
    const message = ear1.messages[ear1.heard.indexOf('please')];
    assert.equal(message?.responseTopic, 'answers/a');
    assert.deepEqual([...(message?.correlation ?? [])], [...correlation]);
    assert.equal(ear1.messages[0]?.responseTopic, undefined);
  });

  test(`${name} tells both of two who subscribed with the same filter`, async (t) => {
    const { connect } = await arrange(t);
    const bus = await connect();
    const [one, two] = [await ear(bus, 'same'), await ear(bus, 'same')];
    await settled(bus, 'same', one);
    await settled(bus, 'same', two);
    await bus.publish('same', 'hello', { qos: 1 });
    await settled(bus, 'same', two);
    assert.deepEqual([words(one), words(two)], [['hello'], ['hello']]);
  });

  test(`${name} marks what was retained, whether it is stored or arrives live`, async (t) => {
    const { connect } = await arrange(t);
    const [a, b] = [await connect(), await connect()];
    const live = await ear(b, 'kept');
    await settled(a, 'kept', live);
    await a.publish('kept', 'order', { qos: 1, retain: true });
    const stored = await ear(await connect(), 'kept');
    await until(() => live.heard.includes('order') && stored.heard.includes('order'), 'heard');
    for (const { messages, heard } of [live, stored])
      assert.equal(messages[heard.indexOf('order')]?.retained, true);
  });

  test(`${name} tells what is retained to whoever subscribes later with the same filter`, async (t) => {
    const { connect } = await arrange(t);
    const bus = await connect();
    await bus.publish('kept', 'state', { qos: 1, retain: true });
    const one = await ear(bus, 'kept');
    await until(() => one.heard.includes('state'), 'first');
    const two = await ear(bus, 'kept');
    await until(() => two.heard.includes('state'), 'second');
  });

  test(`${name} fails at once while the broker is away, and never delivers that afterwards`, async (t) => {
    const { connect, cut, restore } = await arrange(t);
    const [a, b] = [await connect(), await connect()];
    const states: boolean[] = [];
    a.onConnection((connected) => states.push(connected));
    const listener = await ear(b, 'door');
    await settled(a, 'door', listener);
    await cut();
    await until(() => !a.connected && !b.connected, 'away');
    for (const qos of [0, 1] as const)
      for (const retain of [false, true])
        assert.equal(await a.publish('door', `open ${qos} ${retain}`, { qos, retain }), 'not-connected');
    await restore();
    await until(() => a.connected && b.connected, 'back');
    // That the probe is heard shows that subscriptions came back, and nothing overtakes it.
    await settled(a, 'door', listener);
    assert.deepEqual(words(listener), []);
    assert.deepEqual(states, [false, true]);
  });

  test(`${name} says online, and offline at the end, for those who come later`, async (t) => {
    const { connect } = await arrange(t);
    const watcher = await ear(await connect(), 'here');
    const bus = await connect('here');
    await until(() => watcher.heard.includes('online'), 'online');
    await bus.close();
    await until(() => watcher.heard.includes('offline'), 'offline');
    assert.equal(bus.connected, false);
    assert.equal(await bus.publish('x', 'y', { qos: 1 }), 'not-connected');
    const later = await ear(await connect(), 'here');
    await until(() => later.heard.length > 0, 'retained');
    assert.deepEqual(later.heard, ['offline']);
    await bus.close();
  });

  test(`${name} says online again after the broker was away`, async (t) => {
    const { connect, cut, restore } = await arrange(t);
    const bus = await connect('here');
    await cut();
    await until(() => !bus.connected, 'away');
    await restore();
    const later = await ear(await connect(), 'here');
    await until(() => later.heard.at(-1) === 'online', 'online');
  });

  test(`${name} says when the broker forbids a message, and carries the next one`, async (t) => {
    const { connect, forbidden } = await arrange(t);
    const [a, b] = [await connect(), await connect()];
    const topic = await forbidden();
    const everything = await ear(b, '#');
    await settled(a, 'allowed', everything);
    assert.equal(await a.publish(topic, 'open', { qos: 1 }), 'refused');
    await a.publish(topic, 'open', { qos: 0 });
    assert.equal(a.connected, true);
    await settled(a, 'allowed', everything);
    assert.deepEqual(words(everything), []);
  });

  test(`${name} drops what a handler throws or rejects with, and goes on`, async (t) => {
    const { connect } = await arrange(t);
    const [a, b] = [await connect(), await connect()];
    b.subscribe('hostile/+', () => {
      throw new Error('thrown at once');
    });
    b.subscribe('hostile/#', async () => {
      throw new Error('thrown later');
    });
    const listener = await ear(b, 'hostile/x');
    await settled(a, 'hostile/x', listener);
    for (const payload of ['one', 'two']) await a.publish('hostile/x', payload, { qos: 1 });
    await settled(a, 'hostile/x', listener);
    assert.deepEqual(words(listener), ['one', 'two']);
    assert.equal(b.connected, true);
  });
}
