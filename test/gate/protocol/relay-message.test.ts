import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TwinstileError } from '../../../src/base/errors.js';
import { millis } from '../../../src/base/units.js';
import { isTopic, pulseMessage, type RelayProfile } from '../../../src/gate/protocol/relay-message.js';
import { holds } from '../../support/properties.js';

const tasmota: RelayProfile = { kind: 'tasmota', topic: 'door', relay: 2 };
const shelly: RelayProfile = { kind: 'shelly', prefix: 'shellyplus1-a8032ab12345', switch: 0 };
const esphome: RelayProfile = { kind: 'esphome', prefix: 'door', button: 'open_pulse' };
const zigbee: RelayProfile = { kind: 'zigbee2mqtt', base: 'zigbee2mqtt', device: 'gate/l1' };
const plain: RelayProfile = { kind: 'topic', topic: 'doors/1/pulse', payload: '1' };

for (const [profile, pulse, topic, payload] of [
  [tasmota, 1000, 'cmnd/door/Backlog0', 'PulseTime2 10; Power2 ON'],
  [tasmota, 100, 'cmnd/door/Backlog0', 'PulseTime2 1; Power2 ON'],
  [tasmota, 10_000, 'cmnd/door/Backlog0', 'PulseTime2 100; Power2 ON'],
  [
    shelly,
    1500,
    'shellyplus1-a8032ab12345/rpc',
    '{"id":1,"src":"twinstile","method":"Switch.Set","params":{"id":0,"on":true,"toggle_after":1.5}}',
  ],
  [esphome, 1000, 'door/button/open_pulse/command', 'PRESS'],
  [zigbee, 700, 'zigbee2mqtt/gate/l1/set', '{"state":"ON","on_time":0.7}'],
  [plain, 1000, 'doors/1/pulse', '1'],
] as const) {
  test(`${profile.kind} is told of ${pulse} ms by ${payload} on ${topic}`, () =>
    assert.deepEqual(pulseMessage(profile, millis(pulse)), { topic, payload, qos: 0, retain: false }));
}

test('whatever the pulse, it is sent with its own end, never at QoS 1 and never retained', async (t) => {
  const whole = fc.integer({ min: 100, max: 10_000 }).map(millis);
  await holds(
    t,
    fc.property(fc.constantFrom(tasmota, shelly, zigbee), whole, (profile, pulse) => {
      const { payload, qos, retain } = pulseMessage(profile, pulse);
      const told = Number(/(?:PulseTime2 |toggle_after":|on_time":)([\d.]+)/.exec(payload)?.[1]);
      const ms = profile.kind === 'tasmota' ? told * 100 : told * 1000;
      assert.ok(ms >= 100 && ms <= 10_000 && Math.abs(ms - pulse) <= 50.000_001, `${ms} for ${pulse}`);
      assert.deepEqual([qos, retain], [0, false]);
    }),
    { short: 100, long: 100_000 },
  );
});

test('Tasmota’s numbers above 111 mean seconds: none is ever sent', async (t) => {
  await holds(
    t,
    fc.property(fc.integer({ min: 100, max: 10_000 }), (pulse) => {
      const told = Number(/PulseTime2 (\d+);/.exec(pulseMessage(tasmota, millis(pulse)).payload)?.[1]);
      assert.ok(told >= 1 && told <= 111);
    }),
    { short: 100, long: 100_000 },
  );
});

const isBadArguments = (error: unknown) => error instanceof TwinstileError && error.code === 'bad-arguments';
for (const pulse of [99, 10_001, 0, -1000, 1000.5, Number.NaN, Number.POSITIVE_INFINITY])
  test(`a pulse of ${pulse} ms is refused for every relay`, () => {
    for (const profile of [tasmota, shelly, esphome, zigbee, plain])
      assert.throws(() => pulseMessage(profile, millis(pulse)), isBadArguments);
  });

for (const name of ['#', 'a/+/b', 'a\0'])
  test(`a name with ${JSON.stringify(name)} in it reaches no other device`, () =>
    assert.throws(() => pulseMessage({ ...zigbee, device: name }, millis(1000)), isBadArguments));

test('topics of the broker itself and empty ones are none to publish to', () => {
  assert.deepEqual(['$SYS/x', '', 'a', 'a/b c'].map(isTopic), [false, false, true, true]);
});
