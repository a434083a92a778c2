import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { grantId } from '../../../src/base/ids.js';
import { millis } from '../../../src/base/units.js';
import type { RelayProfile } from '../../../src/gate/relay/profile.js';
import { createRelayClient } from '../../../src/pipeline/gate/open-relay.js';
import type { Bus, Published } from '../../../src/ports/bus.js';
import { createFakeBroker, type FakeMessage } from '../../fakes/bus.js';
import { until } from '../../until.js';

const profile = { kind: 'tasmota', topic: 'door', relay: 1 } as const;
const base = 'twinstile/s/north';
const request = { grant: grantId('g1'), direction: 'in', pulse: millis(1000) } as const;

test('a relay is told once, not retained, and is not said to have opened', async () => {
  const broker = createFakeBroker();
  const relay = createRelayClient({ bus: broker.connect(), profile, base });
  assert.equal(relay.alive, true);
  assert.deepEqual(await relay.open(request), { outcome: 'pulsed' });
  assert.deepEqual(broker.published, [
    { topic: 'cmnd/door/Backlog0', payload: 'PulseTime1 10; Power1 ON', qos: 0, retain: false },
  ]);
});

test('while the broker is away nothing is sent, and nothing comes later', async () => {
  const broker = createFakeBroker();
  const relay = createRelayClient({ bus: broker.connect(), profile, base });
  broker.cut();
  assert.equal(relay.alive, false);
  assert.deepEqual(await relay.open(request), { outcome: 'broker-away' });
  broker.restore();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(broker.published, []);
});

for (const [published, outcome] of [
  ['sent', 'pulsed'],
  ['not-connected', 'broker-away'],
  ['timed-out', 'gate-unreachable'],
  ['refused', 'gate-unreachable'],
] as const) {
  test(`a message that is ${published} ends in ${outcome}, is asked for once, and is gone after 2 s`, async () => {
    const asked: unknown[] = [];
    const bus: Pick<Bus, 'connected' | 'publish'> = {
      connected: true,
      async publish(_topic, _payload, options): Promise<Published> {
        asked.push(options);
        return published;
      },
    };
    const relay = createRelayClient({ bus: { ...createFakeBroker().connect(), ...bus }, profile, base });
    assert.deepEqual(await relay.open(request), { outcome });
    assert.deepEqual(asked, [{ qos: 0, retain: false, expirySeconds: 2 }]);
  });
}

const waits = { answer: millis(60), settle: millis(20), again: millis(20) };
const pulse = millis(100);
const TASMOTA = { kind: 'tasmota', topic: 'door', relay: 1 } as const;
const ZIGBEE = { kind: 'zigbee2mqtt', base: 'zigbee2mqtt', device: 'gate/l1' } as const;
const SHELLY = { kind: 'shelly', prefix: 'shelly-1', switch: 0 } as const;
const ESPHOME = { kind: 'esphome', prefix: 'door', button: 'open', relay: 'relay' } as const;

/** A device that is switched on by the pulse; `ends` says whether the pulse ends by itself. */
function deviceWorld(profile: RelayProfile, ends: boolean) {
  const broker = createFakeBroker();
  const device = broker.connect();
  let isOn = false;
  const say = () => {
    const word = isOn ? 'ON' : 'OFF';
    if (profile.kind === 'tasmota') void device.publish('stat/door/POWER', word, { qos: 0 });
    if (profile.kind === 'esphome')
      void device.publish('door/switch/relay/state', word, { qos: 0, retain: true });
    if (profile.kind === 'zigbee2mqtt')
      void device.publish('zigbee2mqtt/gate', JSON.stringify({ state_l1: word, linkquality: 80 }), {
        qos: 0,
      });
  };
  const set = (on: boolean) => {
    isOn = on;
    say();
    if (on && ends)
      setTimeout(() => {
        isOn = false;
        say();
      }, pulse);
  };
  device.subscribe('#', ({ topic, payload }) => {
    const text = Buffer.from(payload).toString();
    if (topic === 'cmnd/door/Backlog0' || topic === 'door/button/open/command') set(true);
    if (topic === 'cmnd/door/Power1') text === 'OFF' ? set(false) : say();
    if (topic === 'door/switch/relay/command') set(false);
    if (topic === 'zigbee2mqtt/gate/l1/set') set(JSON.parse(text).state === 'ON');
    if (topic === 'zigbee2mqtt/gate/l1/get') say();
    if (topic !== 'shelly-1/rpc') return;
    const { id, src, method, params } = JSON.parse(text);
    const result = method === 'Switch.Set' ? { was_on: isOn } : { output: isOn };
    if (method === 'Switch.Set') set(params.on);
    void device.publish(`${src}/rpc`, JSON.stringify({ id, src: 'shelly-1', dst: src, result }), { qos: 0 });
  });
  const problems: string[] = [];
  const relay = createRelayClient({
    bus: broker.connect(),
    profile,
    base,
    waits,
    onProblem: (problem) => problems.push(problem),
  });
  return { broker, relay, problems, isOn: () => isOn };
}

for (const profile of [TASMOTA, ZIGBEE, SHELLY, ESPHOME]) {
  test(`a ${profile.kind} relay that stays on after the pulse is an alarm, gets no second pulse, and is switched off`, async () => {
    const { relay, problems, isOn } = deviceWorld(profile, false);
    assert.equal((await relay.open({ ...request, pulse })).outcome, 'pulsed');
    await until(() => problems.length > 0, 'an alarm');
    assert.deepEqual(problems, ['relay-stays-on']);
    await until(() => !isOn() && relay.staysOn === false, 'off');
  });

  test(`a ${profile.kind} relay whose pulse ends by itself raises no alarm and is told nothing more`, async () => {
    const { relay, problems, broker } = deviceWorld(profile, true);
    assert.equal((await relay.open({ ...request, pulse })).outcome, 'pulsed');
    await sleep(350);
    assert.deepEqual(problems, []);
    const isOff = ({ topic, payload }: FakeMessage) =>
      /^(cmnd|door.*command|.*\/set$|shelly-1)/.test(topic) && /OFF|"on":false/.test(payload);
    assert.deepEqual(broker.published.filter(isOff), []);
  });
}

test('while a relay is known to be on after its pulse nothing is sent, in doubt the gate stays shut', async () => {
  const broker = createFakeBroker();
  const device = broker.connect();
  device.subscribe('cmnd/door/Power1', () => void device.publish('stat/door/POWER1', 'ON', { qos: 0 }));
  const problems: string[] = [];
  const relay = createRelayClient({
    bus: broker.connect(),
    profile: TASMOTA,
    base,
    waits,
    onProblem: (problem) => problems.push(problem),
  });
  await relay.open({ ...request, pulse });
  await until(() => problems.includes('relay-stays-on'), 'an alarm');
  assert.deepEqual(await relay.open({ ...request, pulse }), {
    outcome: 'refused',
    reason: 'relay-stays-on',
    latency: 0,
  });
  assert.equal(broker.published.filter(({ topic }) => topic.endsWith('Backlog0')).length, 1);
  broker.cut();
});

test('a relay that never says whether it is on is told of as silent', async () => {
  const problems: string[] = [];
  const relay = createRelayClient({
    bus: createFakeBroker().connect(),
    profile: TASMOTA,
    base,
    waits,
    onProblem: (problem) => problems.push(problem),
  });
  await relay.open({ ...request, pulse });
  await until(() => problems.length > 0, 'a problem');
  assert.deepEqual(problems, ['relay-silent']);
});

test('a Shelly answers on its own topic: its answer and its error are taken, its silence is no pulse', async () => {
  const { relay } = deviceWorld(SHELLY, true);
  const outcome = await relay.open({ ...request, pulse });
  assert.ok(outcome.outcome === 'pulsed' && outcome.latency !== undefined);

  const broker = createFakeBroker();
  const device = broker.connect();
  device.subscribe('shelly-1/rpc', ({ payload }) => {
    const { id, src } = JSON.parse(Buffer.from(payload).toString());
    const error = { code: -105, message: "Argument 'id', value 3 not found!" };
    void device.publish(`${src}/rpc`, JSON.stringify({ id, error }), { qos: 0 });
  });
  const wrong = createRelayClient({ bus: broker.connect(), profile: SHELLY, base, waits });
  const refused = await wrong.open({ ...request, pulse });
  assert.ok(refused.outcome === 'refused' && refused.reason === 'relay-error' && refused.unproven === true);

  const silent = createRelayClient({ bus: createFakeBroker().connect(), profile: SHELLY, base, waits });
  assert.deepEqual(await silent.open({ ...request, pulse }), { outcome: 'gate-unreachable' });
});
