import assert from 'node:assert/strict';
import { test } from 'node:test';
import { laneId, siteId } from '../../src/base/ids.js';
import {
  type DiscoveryDependencies,
  discoveryOf,
  discoveryTopic,
} from '../../src/gate/home-assistant-discovery.js';
import { laneTopics } from '../../src/gate/protocol/topics.js';
import { deviceDiscovery, discoveryTopicPattern } from './home-assistant-schema.js';

const topics = laneTopics(siteId('head-office'), laneId('north'));
const discovery = (change: Partial<DiscoveryDependencies> = {}) =>
  discoveryOf({
    site: siteId('head-office'),
    lane: laneId('north'),
    topics,
    version: '0.1.0',
    prefix: 'homeassistant',
    openButton: false,
    openAs: 'ha',
    ...change,
  });
const read = (change: Partial<DiscoveryDependencies> = {}) =>
  deviceDiscovery.parse(JSON.parse(discovery(change).payload));

for (const [what, change] of [
  ['as usual', {}],
  ['with a button', { openButton: true }],
] as const) {
  test(`the message ${what} is what Home Assistant documents`, () => {
    const result = deviceDiscovery.safeParse(JSON.parse(discovery(change).payload));
    assert.deepEqual(result.error?.issues ?? [], []);
    assert.match(discovery(change).topic, discoveryTopicPattern);
  });
}

test('decisions are events, so that the same person twice is told twice', () => {
  const { decision } = read().components;
  assert.equal(decision?.platform, 'event');
  assert.deepEqual(decision.event_types, ['granted', 'refused']);
  assert.equal(decision.state_topic, topics.decision);
});

test('there is no lock, and nothing that opens unless the site wants it', () => {
  const commands = (change: Partial<DiscoveryDependencies>) =>
    Object.values(read(change).components).filter((one) => 'command_topic' in one);
  assert.doesNotMatch(discovery({ openButton: true }).payload, /lock/i);
  assert.deepEqual(commands({}), []);
  const [open, ...more] = commands({ openButton: true });
  assert.deepEqual(more, []);
  assert.equal(open?.platform, 'button');
  assert.equal(open.command_topic, `${topics.base}/command/open/ha`);
  assert.equal(open.retain, false);
});

test('no picture is ever announced', () => {
  assert.doesNotMatch(discovery({ openButton: true }).payload, /image|camera\.|jpeg/i);
});

test('the pack that runs is a sensor, and the update entity that it was before goes', () => {
  const { model_pack: sensor, pack } = read().components;
  assert.deepEqual(pack, { platform: 'update' });
  assert.equal(sensor?.platform, 'sensor');
  assert.equal(sensor.state_topic, topics.state);
  assert.doesNotMatch(discovery().payload, /latest/);
});

test('every entity has an id of its own, and so has every lane', () => {
  const idsOf = (lane: string) => {
    const own = { lane: laneId(lane), topics: laneTopics(siteId('head-office'), laneId(lane)) };
    const { device, components } = read({ ...own, openButton: true });
    return [
      ...device.identifiers,
      ...Object.values(components).flatMap((one) => ('unique_id' in one ? [one.unique_id] : [])),
    ];
  };
  const all = ['north', 'a.b', 'a_b', 'a-b'].flatMap(idsOf);
  assert.equal(new Set(all).size, all.length);
});

test('lanes whose names Home Assistant would not take have topics that it does, each its own', () => {
  const pairs = [
    ['s', 'a.b'],
    ['s', 'a_b'],
    ['s.a', 'b'],
    ['s_a', 'b'],
    ['s', 'a'.repeat(64)],
  ] as const;
  const all = pairs.map(([site, lane]) => discoveryTopic('homeassistant', siteId(site), laneId(lane)));
  for (const topic of all) assert.match(topic, discoveryTopicPattern);
  assert.equal(new Set(all).size, all.length);
});

test('the message is the same each time, so that publishing it again changes nothing', () =>
  assert.deepEqual(discovery(), discovery()));
