import assert from 'node:assert/strict';
import { test } from 'node:test';
import { relayProfileOf, relaySchema } from '../../../../src/service/config/sections/relay-section.js';
import { sameFields } from '../../../support/same-fields.js';

for (const [written, profile] of [
  [
    { kind: 'tasmota', topic: 'door' },
    { kind: 'tasmota', topic: 'door', relay: 1 },
  ],
  [
    { kind: 'shelly', prefix: 'shelly-1' },
    { kind: 'shelly', prefix: 'shelly-1', switch: 0 },
  ],
  [
    { kind: 'esphome', prefix: 'door', object_id: 'open' },
    { kind: 'esphome', prefix: 'door', button: 'open' },
  ],
  [
    { kind: 'zigbee2mqtt', device: 'gate', ends_by_itself: true },
    { kind: 'zigbee2mqtt', base: 'zigbee2mqtt', device: 'gate' },
  ],
  [
    { kind: 'topic', topic: 'a/b', payload: '1', ends_by_itself: true },
    { kind: 'topic', topic: 'a/b', payload: '1' },
  ],
] as const) {
  test(`a ${written.kind} relay is read`, () =>
    sameFields(relayProfileOf(relaySchema.parse(written)), profile));
}

for (const [what, written, message] of [
  [
    'a device that stays on',
    { kind: 'topic', topic: 'a', payload: 'ON', ends_by_itself: false },
    /stays on until it is told otherwise/,
  ],
  [
    'a device of which that is not known',
    { kind: 'topic', topic: 'a', payload: 'ON' },
    /stays on until it is told otherwise/,
  ],
  [
    'a zigbee2mqtt device of which nobody has tried that its pulse ends by itself',
    { kind: 'zigbee2mqtt', device: 'gate' },
    /stays on, and only trying it can tell/,
  ],
  [
    'an ESPHome switch',
    { kind: 'esphome', prefix: 'a', component: 'switch', object_id: 'b' },
    /would stay on if the off got lost/,
  ],
  ['a topic with a wildcard', { kind: 'tasmota', topic: 'doors/#' }, /without \+ #/],
  ['a button of another device', { kind: 'esphome', prefix: 'a', object_id: 'b/c' }, /one segment/],
  ['a ninth relay of Tasmota', { kind: 'tasmota', topic: 'a', relay: 9 }, /<=8/],
] as const) {
  test(`refuses ${what}`, () => {
    const { error } = relaySchema.safeParse(written);
    assert.match(error?.issues.map((issue) => issue.message).join() ?? '', message);
  });
}

test('refuses kinds and keys that are not known', () => {
  assert.equal(relaySchema.safeParse({ kind: 'gpio', pin: 4 }).success, false);
  assert.equal(relaySchema.safeParse({ kind: 'tasmota', topic: 'a', retain: true }).success, false);
});
