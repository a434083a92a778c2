import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import type { Config } from '../../../src/service/config/config-schema.js';
import { exampleConfig, writtenExample } from '../../../src/service/config/example-config.js';
import { parseConfig } from '../../../src/service/config/parse-config.js';
import { accessListOf } from '../../../src/service/setup/broker-address.js';
import { blocks } from '../../gate/protocol/document.js';

const shipped = await readFile('config/example.yaml', 'utf8');
const written = async (byHand: boolean, camera?: string): Promise<Config> =>
  parseConfig(await exampleConfig({ byHand, camera }));

test('the service’s configuration is the shipped file', async () =>
  assert.deepEqual(await written(false), parseConfig(shipped)));

test('the one by hand differs in where keys, data and broker are, and in nothing else', async () => {
  const [service, byHand] = [await written(false), await written(true)];
  const { data_dir, gallery, mqtt, grants, lanes, ...others } = byHand;
  const { data_dir: _d, gallery: _g, mqtt: _m, grants: of, lanes: theirs, ...same } = service;
  assert.deepEqual(others, same);
  assert.deepEqual(
    [data_dir, gallery.key_file, grants.key_file, lanes[0]?.gate_key_file, mqtt.url, mqtt.username],
    ['data', 'gallery.key', 'grant.key', 'gate.pub', 'mqtt://127.0.0.1:1883', undefined],
  );
  assert.equal(grants.key_id, of.key_id);
  const [mine, its] = [lanes, theirs].map(([lane]) => ({ ...lane, gate_key_file: '' }));
  assert.deepEqual(mine, its);
  assert.doesNotMatch(JSON.stringify(byHand), /credential":|\/etc\/|\/var\//);
});

test('a camera is a device, an address or a film', async () => {
  const cameraOf = async (camera: string) => (await written(true, camera)).lanes[0]?.camera;
  assert.deepEqual(await cameraOf('/dev/video2'), { kind: 'usb', device: '/dev/video2' });
  assert.deepEqual(await cameraOf('rtsp://u:p"@h/s'), { kind: 'stream', url: 'rtsp://u:p"@h/s' });
  assert.deepEqual(await cameraOf('a: b.mp4'), {
    kind: 'file',
    path: 'a: b.mp4',
    loop: true,
    pace: 'real-time',
  });
  for (const camera of ['', 'ftp://h/x'])
    assert.throws(() => writtenExample(shipped, { byHand: true, camera }), TwinstileError);
});

test('the RTSP line of the example is one that the schema takes', () => {
  const line =
    /^ +# (camera: \{ kind: stream.*\}) #/m.exec(shipped)?.[1] ?? assert.fail('Expected the line.');
  const lines = shipped.replace(/^ {4}camera:\n( {6}.*\n)+/m, `    ${line}\n`);
  assert.equal(parseConfig(lines).lanes[0]?.camera.kind, 'stream');
});

test('the example’s login is that of its access list and of the document', () => {
  const config = parseConfig(shipped);
  const users = (list: string) => [...list.matchAll(/^user (.*)$/gm)].map(([, name]) => name);
  const [box] = users(accessListOf(config).join('\n'));
  assert.equal(box, config.mqtt.username);
  assert.equal(users(blocks('acl').join(''))[0], config.mqtt.username);
});

test('the access list of a configuration has its relay, its Home Assistant, its fleet and its operators', () => {
  const more = `
commands:
  operators: [{ id: front-desk, key_file: a.pub }, { id: night, key_file: b.pub }]
  trust_broker: true
  broker_users: [{ id: panel-1 }, { id: ha }]
home_assistant: { enabled: true, user: ha }
`;
  const text = `${shipped}${more}`
    .replace(/^ {4}gate_key_file:.*\n/m, '    relay: { kind: shelly, prefix: door }\n')
    .replace(
      /^gallery:\n/m,
      'gallery:\n  fleet: { source: /srv/gallery, root_file: root.json, key_file: fleet.age }\n',
    );
  const list = accessListOf(parseConfig(text)).join('\n');
  for (const line of [
    'topic write door/rpc',
    'topic write homeassistant/device/',
    'topic read twinstile/head-office/gallery/#',
    'user front-desk',
    'user night',
    'user panel-1',
    'user ha',
    'user registrar',
  ])
    assert.ok(list.includes(line), `${line}\n${list}`);
  assert.equal(list.match(/^user ha$/gm)?.length, 1);
});
