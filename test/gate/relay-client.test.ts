import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grantId } from '../../src/base/ids.js';
import { millis } from '../../src/base/units.js';
import { createRelayClient } from '../../src/gate/relay-client.js';
import type { Bus, Published } from '../../src/platform/mqtt/message-bus.js';
import { createFakeBroker } from '../fakes/bus.js';
import { until } from '../until.js';

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
  assert.deepEqual(await relay.open(request), { outcome: 'broker-disconnected' });
  broker.restore();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(broker.published, []);
});

for (const [published, outcome] of [
  ['sent', 'pulsed'],
  ['not-connected', 'broker-disconnected'],
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

test('a stopped client does not go on switching off a relay that stays on', async (t) => {
  const broker = createFakeBroker();
  const device = broker.connect();
  const waits = { answer: millis(5), settle: millis(5), again: millis(5) };
  const attempts = (topic: string) =>
    broker.published.filter((one) => one.topic === `cmnd/${topic}/Power1` && one.payload === 'OFF').length;
  const stuckRelay = (topic: string) => {
    const stop = new AbortController();
    t.after(() => stop.abort());
    device.subscribe(`cmnd/${topic}/Power1`, () => device.publish(`stat/${topic}/POWER1`, 'ON', { qos: 0 }));
    const relay = createRelayClient(
      { bus: broker.connect(), profile: { ...profile, topic }, base, waits },
      stop.signal,
    );
    return { relay, stop };
  };
  const stopped = stuckRelay('door');
  const other = stuckRelay('gate');
  for (const { relay } of [stopped, other]) await relay.open({ ...request, pulse: millis(100) });
  await until(() => attempts('door') > 0 && attempts('gate') > 0, 'both are switched off');
  stopped.stop.abort();
  const [before, others] = [attempts('door'), attempts('gate')];
  await until(() => attempts('gate') >= others + 5, 'five more attempts of the other');
  assert.equal(attempts('door'), before);
});
