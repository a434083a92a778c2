import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Millis, millis, wallTime } from '../../src/base/units.js';
import { announceToHomeAssistant, removeFromHomeAssistant } from '../../src/gate/announce-lane.js';
import { componentsOf } from '../../src/gate/home-assistant-discovery.js';
import { badgeMessage } from '../../src/gate/protocol/gate-messages.js';
import { healthMessage } from '../../src/lane/health/publish-health.js';
import type { Published } from '../../src/platform/mqtt/message-bus.js';
import { createFakeBroker } from '../fakes/bus.js';
import { face, laneWorld, showFor } from '../lane/lane-world.js';
import { until } from '../until.js';

const discovery = { topic: 'homeassistant/device/x/config', payload: '{"device":{}}' };
const statusTopic = 'homeassistant/status';

function announced(t: TestContext, wait?: (span: Millis) => Promise<void>) {
  const stop = new AbortController();
  t.after(() => stop.abort());
  const broker = createFakeBroker();
  const problems: Published[] = [];
  const announce = () =>
    announceToHomeAssistant(
      {
        bus: broker.connect(),
        discovery,
        statusTopic,
        onProblem: (published) => problems.push(published),
        wait,
      },
      stop.signal,
    );
  const times = () => broker.published.filter(({ topic }) => topic === discovery.topic).length;
  return { broker, announce, times, problems, stop };
}

test('a lane is announced at once, retained, and again at each connection', async (t) => {
  const { broker, announce, times } = announced(t);
  announce();
  assert.equal(broker.retained(discovery.topic), discovery.payload);
  assert.deepEqual(broker.published.at(-1), { ...discovery, qos: 1, retain: true });
  broker.cut();
  broker.restore();
  await until(() => times() === 2, 'announced again');
});

for (const retain of [false, true])
  test(`a lane is announced again when Home Assistant starts, ${retain ? 'also' : 'not only'} when it says so retained`, async (t) => {
    const { broker, announce, times } = announced(t);
    announce();
    const homeAssistant = broker.connect();
    await homeAssistant.publish(statusTopic, 'online', { qos: 0, retain });
    await until(() => times() === 2, 'announced again');
  });

test('many births at once are answered once, an end is not answered, and neither is anything else', async (t) => {
  const waits: (() => void)[] = [];
  const { broker, announce, times } = announced(t, () => new Promise((resolve) => waits.push(resolve)));
  announce();
  const homeAssistant = broker.connect();
  for (const said of ['offline', 'ONLINE', '', '{"state":"online"}'])
    await homeAssistant.publish(statusTopic, said, { qos: 0 });
  assert.equal(waits.length, 0);
  for (let i = 0; i < 100; i++) await homeAssistant.publish(statusTopic, 'online', { qos: 0 });
  assert.equal(waits.length, 1);
  waits[0]?.();
  await sleep(0);
  assert.equal(times(), 2);
});

test('a lane that is withdrawn is gone, and stays so', async (t) => {
  const { broker, announce } = announced(t);
  const announcement = announce();
  assert.equal(await announcement.withdraw(), 'sent');
  assert.equal(broker.retained(discovery.topic), undefined);
  broker.cut();
  broker.restore();
  await sleep(0);
  assert.equal(broker.retained(discovery.topic), undefined);
});

test('what an earlier start announced can be removed by its topic alone', async (t) => {
  const { broker, announce } = announced(t);
  announce();
  assert.equal(await removeFromHomeAssistant(broker.connect(), discovery.topic), 'sent');
  assert.equal(broker.retained(discovery.topic), undefined);
});

test('a broker that forbids the topic is told of, and one that is away is not', async (t) => {
  const { broker, announce, problems } = announced(t);
  broker.cut();
  announce();
  await sleep(0);
  assert.deepEqual(problems, []);
  broker.forbid('homeassistant/#');
  broker.restore();
  await until(() => problems.length > 0, 'told');
  assert.deepEqual(problems, ['refused']);
});

/** "value_json.gallery.people" -> "gallery.people" */
const pathsIn = (template: string): readonly string[] =>
  [...template.matchAll(/value_json\.([a-z_.]*[a-z_])/g)].map(([, path = '']) => path);
const has = (message: unknown, path: string): boolean =>
  path.split('.').reduce<{ readonly in: unknown } | undefined>(
    (at, key) => {
      const inner = at?.in;
      return typeof inner === 'object' && inner !== null && key in inner
        ? { in: Object.entries(inner).find(([name]) => name === key)?.[1] }
        : undefined;
    },
    { in: message },
  ) !== undefined;

test('what Home Assistant is told to read stands in the messages that a lane really sends', async (t) => {
  const world = await laneWorld(t);
  const { topics } = world;
  await showFor(world, 300, [face('ada')]);
  await until(() => world.decisions.length > 0, 'somebody is let in');
  const [decision] = await world.outbox.pending(1);
  const spread = { count: 1, p50: 1, p95: 1, p99: 1, max: 1 };
  const counts = { frames: 1, skipped: 0, dropped: 0, frameAge: spread, gate: spread };
  const sent = new Map<unknown, unknown>([
    [topics.state, JSON.parse(world.broker.retained(topics.state) ?? '{}')],
    [decision?.topic, JSON.parse(decision?.payload ?? '{}')],
    [topics.badge, badgeMessage.parse({ v: 1, badge: 'b', reader: 'r', read: 'x' })],
    [
      topics.health,
      healthMessage(counts, {
        span: millis(1000),
        health: { temperature: 50, diskFree: 1 },
        at: wallTime(0),
      }),
    ],
  ]);
  /** A newer pack is not always known, and names leave the box only where the site says so. */
  const optional = ['pack.latest', 'name'];
  const missing = Object.entries(componentsOf(topics, { openButton: false, openAs: 'ha' })).flatMap(
    ([name, component]) =>
      Object.values(component)
        .filter((value) => typeof value === 'string')
        .flatMap(pathsIn)
        .filter(
          (path) =>
            !optional.includes(path) && !has(sent.get(component.state_topic ?? component.topic), path),
        )
        .map((path) => `${name}: ${path}`),
  );
  assert.deepEqual(missing, []);
});
