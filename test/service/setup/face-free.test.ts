import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { parseConfig } from '../../../src/service/config/parse-config.js';
import { withoutFaceFreeWay } from '../../../src/service/setup/face-free.js';

const lane = (id: string, direction: string) => ({
  id,
  gate: id,
  gate_key_file: 'gate.pub',
  direction,
  camera: { kind: 'usb', device: '/dev/video0' },
  identification: { max_fpir: '1 in 1,000' },
  verification: { max_fmr: '1 in 10,000' },
});
const night = { schedule: 'night', credentials: 'badge-and-face' };
const shutTo = (lanes: object[], asked: object[] = []) =>
  withoutFaceFreeWay(
    parseConfig(
      stringify({
        site: 's',
        gallery: { key_file: 'g' },
        mqtt: { url: 'mqtt://127.0.0.1' },
        grants: { key_id: 'k', algorithm: 'ed25519', key_file: 'k' },
        lanes,
        access: {
          time_zone: 'UTC',
          schedules: [{ id: 'night', hours: [{ days: ['mon'], from: '22:00', to: '06:00' }] }],
          rules: [{ effect: 'grant', groups: ['everyone'] }],
          lanes: asked,
        },
      }),
    ),
  ).map(({ direction }) => direction);

for (const [what, found, expected] of [
  ['where faces alone are asked for', shutTo([lane('a', 'in')]), ['in']],
  [
    'where a badge needs its face',
    shutTo([lane('a', 'in')], [{ id: 'a', credentials: 'badge-and-face' }]),
    ['in'],
  ],
  ['in neither direction', shutTo([lane('a', 'in'), lane('b', 'out')]), ['in', 'out']],
  ['but where a badge is enough', shutTo([lane('a', 'in')], [{ id: 'a', credentials: 'badge-or-face' }]), []],
  [
    'but at another lane of the same direction',
    shutTo([lane('a', 'in'), lane('b', 'in')], [{ id: 'b', credentials: 'badge-only' }]),
    [],
  ],
  [
    'at night, where a badge is enough by day alone',
    shutTo([lane('a', 'in')], [{ id: 'a', credentials: 'badge-only', exceptions: [night] }]),
    ['in'],
  ],
] as const)
  test(`nobody without a face can pass ${what}`, () => assert.deepEqual(found, expected));
