import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { laneId, siteId } from '../../../src/base/ids.js';
import { monotonic, wallTime } from '../../../src/base/units.js';
import { accessList } from '../../../src/gate/access-list.js';
import { newGrantKey } from '../../../src/gate/protocol/signature.js';
import { RELEASED } from '../../../src/platform/time-sync.js';
import { parseConfig } from '../../../src/service/config/parse-config.js';
import { checkBroker } from '../../../src/service/doctor/broker-findings.js';
import type { Finding } from '../../../src/service/doctor/finding.js';
import { checkGallery } from '../../../src/service/doctor/gallery-findings.js';
import { checkKeys } from '../../../src/service/doctor/key-findings.js';
import { checkClock, checkDisk } from '../../../src/service/doctor/machine-findings.js';
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
