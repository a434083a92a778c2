import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse, stringify } from 'yaml';
import { modelCard } from '../../../src/biometrics/model-card.js';
import { parseConfig } from '../../../src/service/config/parse-config.js';
import {
  codesFor,
  exposuresOf,
  formatExposure,
  withoutFaceFreeWay,
} from '../../../src/service/setup/exposures.js';
import { card as cannotTell } from '../../vision/pipeline/fake-models.js';

const file = { file: 'live.onnx', bytes: 1, sha256: '0'.repeat(64), licence: 'none', source: 'none' };
const canTell = modelCard.parse({
  ...cannotTell,
  name: 'tells',
  liveness: [{ model: file, width: 80, height: 80, widen: 2.7 }],
});

const FACE = { identification: { max_fpir: '1 in 1,000' } };
const BADGE = { verification: { max_fmr: '1 in 10,000' } };
const TIGHT = { calibration: 'table.json', pack: 'mobile' };
const SAFE = { url: 'mqtts://broker.example', username: 'box', password_file: 'p' };

const configWith = (lane: object, more: object = {}) =>
  parseConfig(
    stringify({
      site: 's',
      models: TIGHT,
      gallery: { key_file: 'g' },
      mqtt: SAFE,
      grants: { key_id: 'k', algorithm: 'ed25519', key_file: 'k' },
      lanes: [
        {
          id: 'north',
          gate: 'north-1',
          gate_key_file: 'relay' in lane || 'gate_protocol' in lane ? undefined : 'gate.pub',
          direction: 'in',
          camera: { kind: 'usb', device: '/dev/video0' },
          ...lane,
        },
      ],
      ...more,
    }),
  );

const open = (lane: object, more?: object, card = canTell) =>
  exposuresOf(configWith(lane, more), card).map((one) => one.code);

const access = (credentials: string, exceptions: object[] = []) => ({
  access: {
    time_zone: 'Europe/Berlin',
    rules: [{ effect: 'grant', groups: ['everyone'] }],
    schedules: [{ id: 'night', hours: [{ days: ['mon'], from: '22:00', to: '06:00' }] }],
    lanes: [{ id: 'north', credentials, exceptions }],
  },
});
const relay = { relay: { kind: 'tasmota', topic: 'gate' } };
const photo = { verification: { max_fmr: '1 in 10,000', document_photo: 'allowed' } };
const users = { commands: { trust_broker: true, broker_users: [{ id: 'desk' }] } };
const atNight = (mode: string) => ({ liveness: { by_schedule: [{ schedule: 'night', mode }] } });

for (const [what, found, expected] of [
  ['nothing with a pack that can tell, a measured site, TLS and a login', open(FACE), []],
  ['photographs with a pack that cannot tell', open(FACE, {}, cannotTell), ['photographs']],
  ['photographs for a badge and a face too', open(BADGE, {}, cannotTell), ['photographs']],
  [
    'photographs where liveness is only recorded',
    open({ ...FACE, liveness: { mode: 'record' } }),
    ['photographs'],
  ],
  [
    'photographs where it is only recorded with a badge',
    open({ ...BADGE, liveness: { mode: 'require', verification: 'record' } }),
    ['photographs'],
  ],
  [
    'photographs where it is not required at night',
    open({ ...FACE, ...atNight('off') }, access('face-only')),
    ['photographs'],
  ],
  [
    'nothing where it is required at night too',
    open({ ...FACE, ...atNight('require') }, access('face-only')),
    [],
  ],
  [
    'nothing of a way to be let in that the lane lacks',
    open({ ...FACE, liveness: { mode: 'require', verification: 'off' } }),
    [],
  ],
  [
    'nothing where faces are not looked at',
    open({}, { ...access('badge-only'), models: { pack: 'x' } }, cannotTell),
    [],
  ],
  [
    'photographs where a face opens by an exception',
    open(FACE, access('badge-only', [{ schedule: 'night', credentials: 'face-only' }]), cannotTell),
    ['photographs'],
  ],
  [
    'pass photographs without liveness',
    open({ ...photo, liveness: { mode: 'record' } }),
    ['photographs', 'document-without-liveness'],
  ],
  ['nothing of pass photographs with liveness', open(photo), []],
  [
    'strangers at a camera that was never measured',
    open(FACE, { models: { pack: 'x' } }),
    ['impostors-at-camera'],
  ],
  ['no strangers where lanes adapt', open(FACE, { models: { pack: 'x' }, adaptation: { mode: 'use' } }), []],
  ['no strangers where a badge comes first', open(BADGE, { models: { pack: 'x' } }), []],
  ['a gate that signs no answers', open({ ...FACE, gate_protocol: 1 }), ['unsigned-gate']],
  ['a relay that checks no signature', open({ ...FACE, ...relay }), ['unsigned-relay']],
  ['orders that nobody signs', open(FACE, users), ['unsigned-commands']],
  ['plain MQTT', open(FACE, { mqtt: { ...SAFE, url: 'mqtt://broker.example' } }), ['plain-mqtt']],
  [
    'plain MQTT by another machine’s number',
    open(FACE, { mqtt: { ...SAFE, url: 'mqtt://10.0.0.2:1883' } }),
    ['plain-mqtt'],
  ],
  [
    'no plain MQTT on this machine alone',
    open(FACE, { mqtt: { ...SAFE, url: 'mqtt://127.0.0.1:1883' } }),
    [],
  ],
  [
    'plain MQTT to a name that only begins so',
    open(FACE, { mqtt: { ...SAFE, url: 'mqtt://localhost.example' } }),
    ['plain-mqtt'],
  ],
  ['no login', open(FACE, { mqtt: { url: 'mqtts://broker.example' } }), ['no-broker-login']],
  [
    'nothing where a certificate is the login',
    open(FACE, { mqtt: { url: 'mqtts://b', cert_file: 'c', key_file: 'k' } }),
    [],
  ],
] as const)
  test(`what is open lists ${what}`, () => assert.deepEqual(found, expected));

test('a newcomer’s box says each thing that is open, in words and with what to do', () => {
  const config = configWith(
    { ...FACE, ...photo, ...relay },
    { models: {}, mqtt: { url: 'mqtt://broker.example' } },
  );
  const found = exposuresOf(config, cannotTell);
  assert.deepEqual(codesFor(found, 'north'), [
    'photographs',
    'document-without-liveness',
    'impostors-at-camera',
    'unsigned-relay',
    'plain-mqtt',
    'no-broker-login',
  ]);
  assert.deepEqual(
    codesFor(found, 'south'),
    ['plain-mqtt', 'no-broker-login'],
    'another lane’s are not its own',
  );
  for (const one of found) {
    assert.match(formatExposure(one), new RegExp(`^${one.code}.*: .{30,}\\.$`));
    assert.match(one.todo, /^[A-Z].{20,}\.$/);
  }
});

test('a registrar without lanes opens nothing', () => {
  const config = { ...configWith(FACE), lanes: [] };
  assert.deepEqual(exposuresOf(config, cannotTell), []);
});

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

test('the way without a face in docs/PRIVACY.md is a configuration that leaves nobody outside', () => {
  const page = readFileSync(new URL('../../../docs/PRIVACY.md', import.meta.url), 'utf8');
  const [, block = ''] = /```yaml\n([^`]+)```/.exec(page) ?? [];
  const written = parse(block) as { access: { lanes: { id: string }[] } };
  const config = configWith({ ...FACE, ...BADGE }, written);
  assert.deepEqual(
    written.access.lanes.map(({ id }) => id),
    ['north'],
  );
  assert.deepEqual(withoutFaceFreeWay(config), []);
  assert.equal(withoutFaceFreeWay({ ...config, access: undefined }).length, 1);
});
