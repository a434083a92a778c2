import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { test } from 'node:test';
import type { Config } from '../../../src/service/config/config-schema.js';
import { hostsNamed, unitNeeds } from '../../../src/service/daemon/unit-needs.js';

const PUBLIC: Readonly<Record<string, readonly string[]>> = {
  'broker.example': ['203.0.113.7', '2001:db8::7'],
  'inside.example': ['10.1.2.3', 'fd00::3'],
};
const world = (resolvers: readonly string[] = ['192.168.0.1']) => ({
  lookup: async (host: string) => PUBLIC[host] ?? Promise.reject(new Error('not found')),
  resolvers,
});
const config = (url: string, more: object = {}) =>
  ({
    data_dir: '/var/lib/twinstile',
    backup: {},
    local_socket: {},
    mqtt: { url },
    ...more,
  }) as unknown as Config;

for (const [name, given, resolvers, lines] of [
  [
    'a socket in the folder that the package makes needs nothing',
    config('mqtt://127.0.0.1', { local_socket: { path: '/run/twinstile/core.sock' } }),
    [],
    [],
  ],
  [
    'a socket elsewhere needs its folder',
    config('mqtt://127.0.0.1', { local_socket: { path: '/run/gates/core.sock' } }),
    [],
    ['[Service]', 'ReadWritePaths=-/run/gates'],
  ],
  ['a broker in the site’s own network needs nothing', config('mqtts://inside.example'), ['10.0.0.1'], []],
  ['one on the machine itself neither', config('mqtt://127.0.0.1'), ['1.1.1.1'], []],
  [
    'one outside needs its addresses',
    config('mqtts://broker.example:8883'),
    ['192.168.0.1'],
    ['[Service]', '# mqtt.url: broker.example', 'IPAddressAllow=203.0.113.7 2001:db8::7'],
  ],
  [
    'a name needs whoever tells its address',
    config('mqtts://inside.example'),
    ['203.0.113.53'],
    ['[Service]', '# Whoever is asked for names.', 'IPAddressAllow=203.0.113.53'],
  ],
  [
    'an address is named once',
    config('mqtt://203.0.113.7', { lanes: [{ id: 'a', camera: { url: 'rtsp://203.0.113.7/1' } }] }),
    ['203.0.113.53'],
    ['[Service]', '# mqtt.url', 'IPAddressAllow=203.0.113.7'],
  ],
  [
    'folders elsewhere may be written',
    config('mqtt://10.0.0.1', { backup: { folder: '/mnt/other-disk' } }),
    [],
    ['[Service]', 'ReadWritePaths=-/mnt/other-disk'],
  ],
  [
    'those below the service’s own need nothing',
    config('mqtt://10.0.0.1', {
      data_dir: '/var/lib/twinstile/a',
      backup: { folder: '/var/lib/twinstile/b' },
    }),
    [],
    [],
  ],
] as const)
  test(name, async () => {
    assert.deepEqual(await unitNeeds(given, world(resolvers)), { lines, unknown: [] });
  });

test('a name that is not found is told', async () => {
  assert.deepEqual(await unitNeeds(config('mqtts://nowhere.example'), world()), {
    lines: [],
    unknown: ['mqtt.url: nowhere.example is not found'],
  });
});

test('what the unit allows by itself is what is taken for allowed here', async () => {
  const unit = readFileSync(new URL('../../../systemd/twinstile.service', import.meta.url), 'utf8');
  const [, words = ''] = /^IPAddressAllow=(.*)$/m.exec(unit) ?? [];
  const nets = words.split(' ').filter((word) => word.includes('/'));
  assert.equal(nets.length, 4);
  for (const net of nets) {
    const [address = ''] = net.split('/');
    const host = isIP(address) === 6 ? `[${address}]` : address;
    assert.deepEqual((await unitNeeds(config(`mqtt://${host}`), world())).lines, [], net);
  }
});

for (const [name, value, found] of [
  ['a broker', { mqtt: { url: 'mqtts://broker.example:8883' } }, ['mqtt.url broker.example']],
  ['an address of version 6', { mqtt: { url: 'mqtt://[2001:db8::7]:1883' } }, ['mqtt.url 2001:db8::7']],
  [
    'the camera of a lane, with its login left out',
    { lanes: [{ id: 'north', camera: { kind: 'stream', url: 'rtsp://u:p@203.0.113.9/1' } }] },
    ['lanes.north.camera.url 203.0.113.9'],
  ],
  [
    'a repository',
    { gallery: { fleet: { source: 'https://g.example/x' } } },
    ['gallery.fleet.source g.example'],
  ],
  ['no folder and no rate', { gallery: { fleet: { source: '/mnt/stick' } }, max_fpir: '1 in 1,000' }, []],
  ['nothing that is no address', { url: 'https://:9' }, []],
] as const)
  test(`a configuration names ${name}`, () =>
    assert.deepEqual(
      hostsNamed(value).map(({ key, host }) => `${key} ${host}`),
      found,
    ));
