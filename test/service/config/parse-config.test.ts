import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import { explainKeys, jsonSchema } from '../../../src/service/config/explain-config.js';
import { loadConfig } from '../../../src/service/config/load-config.js';
import { parseConfig } from '../../../src/service/config/parse-config.js';
import { readRate } from '../../../src/service/config/sections/value-schemas.js';

const example = await readFile('config/example.yaml', 'utf8');
const minimal = `
site: s
gallery: { key_file: k }
mqtt: { url: "mqtts://b:8883" }
grants: { key_id: a, algorithm: ed25519, key_file: g }
lanes:
  - { id: l, gate: g, gate_key_file: gate.pub, direction: in, camera: { kind: usb, device: /dev/video0 }, identification: { max_fpir: 1 in 1_000 } }
`;

function complaintsOf(text: string): string {
  try {
    parseConfig(text);
  } catch (error) {
    assert.ok(error instanceof TwinstileError && error.code === 'config-invalid');
    return error.message;
  }
  return '';
}

test('the example is valid and keeps its relative paths beside it', async () => {
  const config = await loadConfig('config/example.yaml');
  assert.equal(config.lanes[0]?.pulse_ms, 1000);
  assert.equal(config.mqtt.ca_file, '/etc/twinstile/ca.pem');
});

test('an alias that leads nowhere, or to too much, is a problem of the file', () => {
  assert.match(
    complaintsOf(minimal.replace('site: s', 'site: *nowhere')),
    /YAML: Unresolved alias.*nowhere/s,
  );
  const layers = ['b', 'c', 'd'].map((name, i) => {
    const below = `*${'abc'[i]}`;
    return `${name}: &${name} [${Array(8).fill(below).join(', ')}]`;
  });
  const bomb = ['a: &a [x]', ...layers];
  assert.match(complaintsOf(`${bomb.join('\n')}\n${minimal}`), /YAML: Excessive alias count/);
});

test('what is not written has the documented default', () => {
  const { lanes, data_dir: data, models, log, privacy } = parseConfig(minimal);
  assert.deepEqual(lanes[0]?.roi, { x: 0, y: 0, width: 1, height: 1 });
  assert.deepEqual(lanes[0]?.identification, {
    max_fpir: 0.001,
    min_margin_ratio: 10,
    frames: 3,
    window_ms: 2000,
  });
  assert.equal(lanes[0]?.verification, 'off');
  assert.equal(lanes[0]?.max_frame_age_ms, 300);
  assert.deepEqual(
    [data, models.pack, log.level, privacy.publish_names],
    ['/var/lib/twinstile', 'builtin', 'info', false],
  );
});

for (const [name, from, to, expected] of [
  ['a misspelt key', 'site:', 'stie:', /stie: Expected a known key.*Did you mean site/],
  ['a key without its unit', 'pulse_ms: 1000', 'pulse: 1000', /lanes\[0\]\.pulse: .*Did you mean pulse_ms/],
  ['a key in another unit', 'pulse_ms: 1000', 'pulse_s: 1', /lanes\[0\]\.pulse_s: .*Did you mean pulse_ms/],
  [
    'a unit in the value',
    'pulse_ms: 1000',
    'pulse_ms: 1s',
    /pulse_ms: Expected a number, got "1s". Write the number alone/,
  ],
  ['a pulse too short', 'pulse_ms: 1000', 'pulse_ms: 50', /pulse_ms: Expected at least 100, got 50/],
  [
    'an inline password',
    'username: twinstile',
    'password: hunter2',
    /mqtt\.password: Expected no secret.*password_file/,
  ],
  [
    'a camera of unknown kind',
    'kind: usb',
    'kind: webcam',
    /camera\.kind: Expected a known kind, got "webcam"\. \(usb, csi/,
  ],
  ['a misspelt camera key', 'device: /dev', 'devices: /dev', /camera\.devices: .*Did you mean device/],
  ['a rate too high', '1 in 1,000', '1 in 10', /max_fpir: Expected a rate as "1 in 10,000".*got "1 in 10"/],
  ['a NaN', 'min_margin_ratio: 10', 'min_margin_ratio: .nan', /min_margin_ratio: /],
  [
    'two sources of a key',
    'key_credential: gallery-key',
    'key_credential: g\n  key_file: f',
    /gallery: .*got both/,
  ],
  ['no key at all', 'key_credential: grant-key', '', /grants: .*got neither/],
  ['a zone beyond the picture', 'x: 0.2', 'x: 0.5', /roi: Expected x \+ width to be at most 1/],
  ['TLS files without TLS', 'mqtts:', 'mqtt:', /mqtt\.ca_file: Expected mqtts/],
  ['a login in the address', 'mqtts://broker', 'mqtts://me:secret@broker', /mqtt\.url: Expected/],
] as const) {
  test(`refuses ${name}`, () => assert.match(complaintsOf(example.replace(from, to)), expected));
}

test('refuses two lanes of one name and a lane with everything off, in one message with a bad unit', () => {
  const lane =
    '  - { id: l, gate: g, gate_key_file: gate.pub, direction: in, pulse_ms: 1, camera: { kind: usb, device: /dev/video0 } }\n';
  const message = complaintsOf(minimal + lane);
  for (const part of [
    /lanes\[1\]\.id/,
    /lanes\[1\]\.gate/,
    /lanes\[1\]: .*both off/,
    /lanes\[1\]\.pulse_ms/,
    /4 problems/,
  ])
    assert.match(message, part);
});

test('refuses broken YAML, an empty file and a list', () => {
  assert.match(complaintsOf('a: [1'), /YAML/);
  assert.match(complaintsOf('site: a\nsite: b'), /YAML/);
  assert.match(complaintsOf(''), /the file/);
  assert.match(complaintsOf('[]'), /the file/);
});

test('never repeats a login that stands in an address', () => {
  assert.doesNotMatch(
    complaintsOf(example.replace('mqtts://broker', 'mqtts://me:hunter2@broker')),
    /hunter2/,
  );
});

test('every key is explained', () => {
  const rows = explainKeys();
  assert.deepEqual(
    rows.filter(({ meaning }) => meaning === '').map(({ path }) => path),
    [],
  );
  assert.deepEqual(
    explainKeys('lanes[0].pulse_ms').map(({ path, byDefault, unit }) => [path, byDefault, unit]),
    [['lanes[].pulse_ms', '1000', 'ms']],
  );
  assert.equal(jsonSchema().additionalProperties, false);
});

test('rates are read as people write them', () => {
  assert.equal(readRate('1 in 10,000'), 1e-4);
  assert.equal(readRate('1 in 1_000_000'), 1e-6);
  assert.equal(readRate(0.01), 0.01);
  for (const wrong of [0, -1, 0.02, Number.NaN, '1 in 0', '2 in 100', '1%', '', null])
    assert.equal(readRate(wrong), undefined);
});

const registrar = `
site: hq
gallery: { key_file: /k }
registrar: { database: "postgres://people@127.0.0.1/people" }
`;

test('a registrar needs no lanes, no grants and no broker; a box needs at least one lane', () => {
  assert.deepEqual(parseConfig(registrar).lanes, []);
  // Its people lie in a file of its own: no lane has to be invented for it.
  const own = 'registrar: { import: { mark: staff } }';
  assert.deepEqual(parseConfig(registrar.replace(/registrar: .*/, own)).lanes, []);
  assert.throws(() => parseConfig(registrar.replace(/registrar: .*/, '')), {
    message: /lanes: Expected a list, got nothing/,
  });
  assert.throws(() => parseConfig(registrar.replace(/registrar: .*/, 'lanes: []')), {
    message: /lanes: Expected at least one, got an empty list/,
  });
});

for (const [what, text, message] of [
  [
    'a password in the address',
    'postgres://people:secret@db/people',
    /registrar\.database: .*without a password/,
  ],
  ['another kind of database', 'mysql://people@db/people', /registrar\.database: Expected postgres/],
] as const)
  test(`refuses ${what}, and does not repeat it`, () =>
    assert.throws(
      () => parseConfig(registrar.replace('postgres://people@127.0.0.1/people', text)),
      (error: Error) => message.test(error.message) && !error.message.includes('secret'),
    ));

test('refuses two places for one password', () =>
  assert.throws(
    () =>
      parseConfig(registrar.replace('/people" }', '/people", password_file: /p, password_credential: p }')),
    { message: /password_file or password_credential, got both/ },
  ));

for (const [what, lines, message] of [
  ['following a fleet', '', /gallery\.fleet: .*a registrar publishes/],
  ['crops', 'privacy: { store_face_crops: true }', /privacy\.store_face_crops: Expected it off/],
] as const)
  test(`refuses ${what} beside a registrar's database`, () => {
    const fleet = lines === '' ? ', fleet: { source: /s, root_file: /r, key_file: /f }' : '';
    const text = `${registrar.replace('key_file: /k', `key_file: /k${fleet}`)}${lines}\n`;
    assert.throws(() => parseConfig(text), { message });
  });
