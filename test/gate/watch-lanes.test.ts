import assert from 'node:assert/strict';
import { test } from 'node:test';
import { laneId, siteId } from '../../src/base/ids.js';
import { type LaneEvent, watchLanes } from '../../src/gate/watch-lanes.js';
import { createFakeBroker } from '../fakes/bus.js';
import { blocks } from './protocol/document.js';

const site = siteId('head-office');
const base = 'twinstile/head-office/north';

async function watching(messages: readonly (readonly [string, string, boolean?])[], lane?: string) {
  const broker = createFakeBroker();
  const events: LaneEvent[] = [];
  const unreadable: string[] = [];
  const bus = broker.connect();
  watchLanes(bus, {
    site,
    lane: lane === undefined ? undefined : laneId(lane),
    onEvent: (event) => events.push(event),
    onUnreadable: (topic) => unreadable.push(topic),
  });
  const box = broker.connect();
  for (const [topic, payload, retain = false] of messages)
    await box.publish(topic, payload, { qos: 1, retain });
  return { events, unreadable };
}

const [decision = ''] = blocks('json decision');
const [state = ''] = blocks('json state');
const [ack = ''] = blocks('json ack');

test('the messages of the document are understood, of every lane or of one', async () => {
  const said = [
    [`${base}/decision`, decision],
    [`${base}/state`, state, true],
    [`${base}/gate/ack`, ack],
    [`${base}/availability`, 'online', true],
    ['twinstile/head-office/south/availability', 'offline', true],
  ] as const;
  const { events, unreadable } = await watching(said);
  assert.deepEqual(
    events.map(({ kind, lane }) => `${lane} ${kind}`),
    ['north decision', 'north state', 'north gate/ack', 'north availability', 'south availability'],
  );
  assert.deepEqual(unreadable, []);
  assert.equal((await watching(said, 'south')).events.length, 1);
});

test('a decision that is delivered twice is one', async () => {
  const twice = await watching([
    [`${base}/decision`, decision],
    [`${base}/decision`, decision],
  ]);
  assert.equal(twice.events.length, 1);
});

test('what cannot be read is told by its topic and never shown', async () => {
  const { events, unreadable } = await watching([
    [`${base}/decision`, '{'],
    [`${base}/decision`, '{"v":1,"verdict":"opened"}'],
    [`${base}/state`, JSON.stringify({ v: 1, mode: 'x'.repeat(1000) })],
    [`${base}/gate/ack`, `{"v":2,"grant":"g","result":"opened","pad":"${'x'.repeat(70_000)}"}`],
    [`${base}/state`, ''],
    [`${base}/availability`, 'perhaps'],
  ]);
  assert.deepEqual(events, []);
  assert.equal(unreadable.length, 4);
});
