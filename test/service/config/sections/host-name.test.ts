import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostsNamed } from '../../../../src/service/config/sections/host-name.js';

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
