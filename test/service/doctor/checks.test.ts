import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { laneId, siteId } from '../../../src/base/ids.js';
import { monotonic, wallTime } from '../../../src/base/units.js';
import { accessList } from '../../../src/gate/access-list.js';
import { newGrantKey } from '../../../src/gate/protocol/signature.js';
import { connectBus } from '../../../src/platform/mqtt/reconnecting-bus.js';
import { RELEASED } from '../../../src/platform/time-sync.js';
import type { Config } from '../../../src/service/config/config-schema.js';
import { parseConfig } from '../../../src/service/config/parse-config.js';
import { checkBroker } from '../../../src/service/doctor/broker-findings.js';
import { tryRights } from '../../../src/service/doctor/broker-rights.js';
import type { Finding } from '../../../src/service/doctor/finding.js';
import { checkGallery } from '../../../src/service/doctor/gallery-findings.js';
import { checkKeys } from '../../../src/service/doctor/key-findings.js';
import { checkClock, checkDisk } from '../../../src/service/doctor/machine-findings.js';
import { accessListOf } from '../../../src/service/setup/broker-address.js';
import { connectRelayDevice } from '../../fakes/relay-device.js';
import { PACKET, rawBrokerFor } from '../../platform/mqtt/raw-broker.js';
import { until } from '../../until.js';
import { brokerFor } from '../demo/broker-for.js';

function patientFor(t: TestContext, url = 'mqtt://127.0.0.1:9', wall: number = RELEASED + 1) {
  const folder = mkdtempSync(path.join(tmpdir(), 'doctor-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(path.join(folder, 'gallery.key'), Buffer.alloc(32, 1), { mode: 0o600 });
  writeFileSync(path.join(folder, 'grant.key'), newGrantKey('ed25519').secret, { mode: 0o600 });
  writeFileSync(path.join(folder, 'gate.pub'), newGrantKey('ed25519').forGate ?? '');
  const config = parseConfig(`
site: s
data_dir: ${folder}
gallery: { key_file: ${folder}/gallery.key }
mqtt: { url: "${url}" }
grants: { key_id: k, algorithm: ed25519, key_file: ${folder}/grant.key }
lanes:
  - id: north
    gate: north-1
    gate_key_file: ${folder}/gate.pub
    direction: in
    camera: { kind: usb, device: /dev/video0 }
    identification: { max_fpir: "1 in 1,000" }
`);
  const clock = { monotonic: () => monotonic(performance.now()), wall: () => wallTime(wall) };
  return { folder, patient: { config, env: {}, clock, packFolder: '/nonexistent' } };
}
const verdicts = (findings: readonly Finding[]) =>
  findings.map(({ about, verdict }) => `${about}: ${verdict}`);

for (const [name, wall, isSynchronised, verdict] of [
  ['a synchronised clock', RELEASED + 1, true, 'good'],
  ['one that is not', RELEASED + 1, false, 'warning'],
  ['one of which nobody knows', RELEASED + 1, undefined, 'warning'],
  ['1970', 0, true, 'wrong'],
] as const)
  test(`the clock: ${name} is ${verdict}`, async (t) => {
    const { patient } = patientFor(t, undefined, wall);
    assert.deepEqual(verdicts(await checkClock(async () => isSynchronised).look(patient)), [
      `clock: ${verdict}`,
    ]);
  });

test('the disk is tried where the data lie, and nothing is left there', async (t) => {
  const { folder, patient } = patientFor(t);
  const before = readdirSync(folder);
  const findings = await checkDisk.look(patient);
  assert.equal(findings.length, 2);
  assert.match(findings[1]?.detail ?? '', /synced write takes/);
  assert.deepEqual(readdirSync(folder), before);
});

test('a key that others can read is wrong, and the order mends it', async (t) => {
  const { folder, patient } = patientFor(t);
  const file = path.join(folder, 'grant.key');
  chmodSync(file, 0o640);
  const [finding] = await checkKeys.look(patient);
  assert.deepEqual([finding?.verdict, finding?.todo], ['wrong', `Run: chmod 600 ${file}`]);
  chmodSync(file, 0o600);
  assert.deepEqual(verdicts(await checkKeys.look(patient)), ['keys: good']);
});

test('a key that is missing or too short is wrong', async (t) => {
  const { folder, patient } = patientFor(t);
  rmSync(path.join(folder, 'gallery.key'));
  assert.deepEqual(verdicts(await checkKeys.look(patient)), ['keys: wrong']);
});

test('a gallery that is not there is told of, and not made', async (t) => {
  const { folder, patient } = patientFor(t);
  assert.deepEqual(verdicts(await checkGallery.look(patient)), ['gallery: wrong']);
  assert.ok(!readdirSync(folder).includes('twinstile.db'));
});

test('a broker that is not there is told of with its reason', async (t) => {
  const [finding] = await checkBroker.look(patientFor(t).patient);
  assert.equal(finding?.verdict, 'wrong');
  assert.match(finding?.detail ?? '', /ECONNREFUSED/);
});

const RIGHT = accessList({ site: siteId('s'), device: 'd', lanes: [{ lane: laneId('north') }] })
  .join('\n')
  .split('\n\n')[0]
  ?.split('\n')
  .slice(1);
const without = (part: string) => RIGHT?.filter((rule) => !rule.includes(part));

for (const [name, access, expected] of [
  ['without an access list', undefined, 'warning'],
  ['with the right one', RIGHT, 'good'],
  ['with one that forbids a grant', without('gate/grant'), 'wrong'],
  ['with one that grants the subscription and delivers nothing', without('topic read'), 'wrong'],
] as const)
  test(`a broker ${name} is ${expected}; a gate that is silent is told of`, async (t) => {
    const broker = await brokerFor(t, access);
    const findings = await checkBroker.look(patientFor(t, broker.url).patient);
    assert.deepEqual(verdicts(findings), [
      'broker: good',
      `broker rights north: ${expected}`,
      'gate north-1: wrong',
    ]);
  });

test('a broker that takes all connections of a login for one is wrong: lanes would throw each other off', async (t) => {
  const broker = await brokerFor(t, undefined, ['use_username_as_clientid true']);
  const { patient } = patientFor(t, broker.url);
  const config = { ...patient.config, mqtt: { ...patient.config.mqtt, username: 'box' } };
  const findings = await checkBroker.look({ ...patient, config });
  const [finding] = findings.filter(({ about }) => about === 'broker');
  assert.equal(finding?.verdict, 'wrong');
  assert.match(finding?.detail ?? '', /142/);
});

/** The box's own rules, as `config access-list` has them for a configuration. */
const rulesFor = (config: Config): readonly string[] => {
  const list = accessListOf(config);
  return list.slice(1, list.indexOf(''));
};

/** The same patient with a relay in the place of its gate. */
function withRelay(url: string, t: TestContext, relay: object) {
  const { patient, folder } = patientFor(t, url);
  const [lane] = patient.config.lanes;
  const lanes = [{ ...lane, relay }] as unknown as Config['lanes'];
  return { folder, patient: { ...patient, config: { ...patient.config, lanes } } };
}

for (const [kind, relay, connect] of [
  ['tasmota', { kind: 'tasmota', topic: 'door', relay: 1 }, true],
  ['shelly', { kind: 'shelly', prefix: 'shelly-1', switch: 0 }, true],
  [
    'esphome',
    { kind: 'esphome', prefix: 'door', component: 'button', object_id: 'open', switch_id: 'relay' },
    true,
  ],
  ['topic', { kind: 'topic', topic: 'doors/1/pulse', payload: '1', ends_by_itself: true }, false],
] as const)
  test(`a relay (${kind}) whose orders the broker denies is wrong, one that may be ordered is not, and nothing is opened`, async (t) => {
    const denied = await brokerFor(t, without('nothing at all'));
    const bad = await checkBroker.look(withRelay(denied.url, t, relay).patient);
    const about = bad.find((one) => one.about === 'relay north');
    // What any message may open is not tried, and said so.
    assert.equal(about?.verdict, kind === 'topic' ? 'warning' : 'wrong', JSON.stringify(bad));
    if (kind !== 'topic') assert.match(about?.detail ?? '', /refuses .*no pulse/);
    if (!connect) return;
    const { config } = withRelay('mqtt://127.0.0.1:9', t, relay).patient;
    const open = await brokerFor(t, [
      ...rulesFor(config),
      'topic readwrite door/#',
      'topic readwrite +/door/#',
      'topic readwrite shelly-1/#',
      'topic write twinstile/s/north/relay/rpc',
    ]);
    const bus = connectBus({ url: open.url, clientId: 'relay' });
    t.after(() => bus.close());
    const device = connectRelayDevice(bus, kind);
    await until(() => bus.connected, 'the relay at the broker');
    const fine = await checkBroker.look(withRelay(open.url, t, relay).patient);
    assert.equal(fine.find((one) => one.about === 'relay north')?.verdict, 'good', JSON.stringify(fine));
    assert.equal(device.pulses, 0);
  });

test('every topic that the configuration writes to is tried: taking any one away is found', async (t) => {
  const { patient } = patientFor(t);
  const config = { ...patient.config, home_assistant: { ...patient.config.home_assistant, enabled: true } };
  const rules = rulesFor(config);
  const writes = rules.filter((rule) => rule.startsWith('topic write '));
  assert.ok(writes.length >= 8, writes.join());
  for (const missing of writes) {
    const broker = await brokerFor(
      t,
      rules.filter((rule) => rule !== missing),
    );
    const bus = connectBus({ url: broker.url, clientId: 'box' });
    await until(() => bus.connected, 'the box at the broker');
    const findings = await tryRights(config, bus, new Map());
    await bus.close();
    const refused = findings.filter(({ about, verdict }) => verdict === 'wrong' && !about.startsWith('gate'));
    assert.equal(refused.length, 1, `${missing}: ${JSON.stringify(refused)}`);
    assert.match(refused[0]?.detail ?? '', /The broker refuses twinstile|The broker refuses homeassistant/);
  }
});

test('a broker that has only MQTT 3.1.1 is told of with what is needed, once', async (t) => {
  const url = await rawBrokerFor(t, (type, _, socket) => {
    // 3.1.1, 3.2.2.3: unacceptable protocol version; then it closes.
    if (type === PACKET.connect) socket.end(Uint8Array.of(0x20, 0x02, 0x00, 0x01));
  });
  const findings = await checkBroker.look(patientFor(t, url).patient);
  assert.equal(findings.length, 1);
  assert.match(findings[0]?.detail ?? '', /speaks no MQTT 5/);
});

test('a broker that closes without a word may be too old, and that is said', async (t) => {
  const url = await rawBrokerFor(t, (type, _, socket) => {
    if (type === PACKET.connect) socket.end();
  });
  const [finding] = await checkBroker.look(patientFor(t, url).patient);
  assert.match(finding?.detail ?? '', /before it answered; perhaps .*MQTT 5/);
});

for (const [what, access, expected] of [
  ['arrives', ['topic readwrite #'], 'good'],
  ['does not arrive', ['topic write #', 'topic read twinstile/s/north/#'], 'wrong'],
] as const)
  test(`what is said to all boxes of the fleet ${what}: ${expected}`, async (t) => {
    const broker = await brokerFor(t, access);
    const { patient } = patientFor(t, broker.url);
    const fleet = { device: 'box-7' } as unknown as NonNullable<typeof patient.config.gallery.fleet>;
    const config = { ...patient.config, gallery: { ...patient.config.gallery, fleet } };
    const findings = await checkBroker.look({ ...patient, config });
    assert.deepEqual(verdicts(findings.filter(({ about }) => about === 'broker fleet')), [
      `broker fleet: ${expected}`,
    ]);
  });
