/** Relays of every kind on the broker of tests and on a real Mosquitto with the access list of their configuration. */
import { connectBus } from '../../src/platform/mqtt/reconnecting-bus.js';
import { parseConfig } from '../../src/service/config/parse-config.js';
import { accessListOf } from '../../src/service/setup/broker-address.js';
import { relayContract } from '../contracts/relay.js';
import { createFakeBroker } from '../fakes/bus.js';
import type { RELAYS } from '../fakes/relay-device.js';
import { brokerFor } from '../service/demo/broker-for.js';

/** As an administrator writes it. */
const written: Readonly<Record<keyof typeof RELAYS, string>> = {
  tasmota: 'kind: tasmota, topic: door',
  shelly: 'kind: shelly, prefix: shelly-1',
  esphome: 'kind: esphome, prefix: door, object_id: open, switch_id: relay',
  zigbee2mqtt: 'kind: zigbee2mqtt, device: gate/l1, ends_by_itself: true',
  topic: 'kind: topic, topic: doors/1/pulse, payload: "1", ends_by_itself: true',
};
const lanes = Object.entries(written).map(
  ([kind, relay]) => `
  - { id: ${kind}, gate: ${kind}, direction: in, pulse_ms: 200, relay: { ${relay} }, camera: { kind: usb, device: /dev/video0 }, verification: { max_fmr: "1 in 10,000" } }`,
);
const config = parseConfig(`
site: s
data_dir: /nowhere
gallery: { key_file: /nowhere/gallery.key }
mqtt: { url: "mqtt://127.0.0.1:1883", username: box }
grants: { key_id: k, algorithm: ed25519, key_file: /nowhere/grant.key }
lanes:${lanes.join('')}
`);

relayContract('on the fake bus', async () => {
  const broker = createFakeBroker();
  return {
    connect: () => broker.connect(),
    cut: async () => broker.cut(),
    restore: async () => broker.restore(),
  };
});

relayContract('on Mosquitto', async (t) => {
  const broker = await brokerFor(t, [...accessListOf(config), '', 'user device', 'topic readwrite #']);
  let count = 0;
  return {
    connect(username) {
      count += 1;
      return connectBus({ url: broker.url, clientId: `${username}-${count}`, username });
    },
    cut: broker.cut,
    restore: broker.restore,
  };
});
