import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from '../../../src/service/config/config-schema.js';
import { listenToReaders } from '../../../src/service/doctor/broker-delivery.js';
import { createFakeBroker } from '../../fakes/bus.js';

const config = { site: 'site', lanes: [{ id: 'north' }] } as unknown as Config;

test('doctor names a reader whose messages are not understood, as the state at the broker says it', async () => {
  const broker = createFakeBroker();
  const bus = broker.connect();
  const findings = listenToReaders(config, bus);
  const say = (state: unknown) =>
    broker.connect().publish('twinstile/site/north/state', JSON.stringify(state), { qos: 1, retain: true });
  const fault = {
    reader: 'door',
    problem: 'Expected badge as text, got a number.\u001b[2J',
    since: '2026-01-01',
  };
  await say({ v: 1, readers: [fault, { ...fault, reader: null }] });
  const [first, second, ...others] = findings();
  assert.deepEqual(others, []);
  assert.equal(
    first?.detail,
    'Reader door sends badges that are not understood, since 2026-01-01: Expected badge as text, got a number.\\u{1B}[2J',
  );
  assert.match(second?.detail ?? '', /^A reader that does not say its name /);
  await say({ v: 1 });
  assert.deepEqual(findings(), []);
});
