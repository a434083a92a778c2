import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import { parseConfig } from '../../../src/service/config/parse-config.js';

const base = `
site: s
gallery: { key_file: k }
mqtt: { url: "mqtts://b:8883" }
grants: { key_id: a, algorithm: ed25519, key_file: g }
lanes:
  - id: l
    gate: g
    gate_key_file: gate.pub
    direction: in
    camera: { kind: usb, device: /dev/video0 }
    identification: { max_fpir: 1 in 1_000 }
`;
const access = (lane: string) => `
access:
  time_zone: Europe/Berlin
  rules: [{ effect: grant, groups: [everyone] }]
  lanes: [${lane}]
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

test('nobody may order anything, and Home Assistant hears nothing, unless it is written down', () => {
  const config = parseConfig(base);
  assert.deepEqual(config.commands, { operators: [], trust_broker: false, broker_users: [] });
  assert.equal(config.home_assistant.enabled, false);
  assert.equal(config.access, undefined);
});

test('an operator may not erase or look through the camera unless this is said', () => {
  const { commands } = parseConfig(`${base}\ncommands: { operators: [{ id: desk, key_file: desk.pub }] }`);
  assert.deepEqual(commands.operators[0]?.permissions, [
    'open',
    'lockdown',
    'mode',
    'reset',
    'reload',
    'sync',
  ]);
});

for (const [name, text, complaint] of [
  [
    'users of the broker without the word that its access list is set',
    `${base}\ncommands: { broker_users: [{ id: dashboard }] }`,
    /commands\.trust_broker: Expected true/,
  ],
  [
    'one name for two who may order',
    `${base}\ncommands: { trust_broker: true, broker_users: [{ id: a }], operators: [{ id: a, key_file: f }] }`,
    /got "a" twice/,
  ],
  [
    'an operation that is not known',
    `${base}\ncommands: { operators: [{ id: a, key_file: f, permissions: [close] }] }`,
    /permissions\[0\]: Expected open or lockdown/,
  ],
  [
    'a badge and face at a lane that compares no badge',
    base + access('{ id: l, credentials: badge-and-face }'),
    /access\.lanes\[0\]\.credentials: Expected verification/,
  ],
  [
    'a face alone at night at a lane that identifies nobody',
    base.replace('identification: { max_fpir: 1 in 1_000 }', 'verification: { max_fmr: 1 in 1_000 }') +
      access(
        '{ id: l, credentials: badge-and-face, exceptions: [{ schedule: always, credentials: face-only }] }',
      ),
    /access\.lanes\[0\]\.exceptions\[0\]\.credentials: Expected identification/,
  ],
  [
    'a passage that a relay should have seen',
    base.replace('direction: in', 'direction: in\n    relay: { kind: tasmota, topic: door }') +
      access('{ id: l, count_on: passed }'),
    /access\.lanes\[0\]\.count_on: Expected opened/,
  ],
  [
    'a relay of an unknown kind',
    base.replace('direction: in', 'direction: in\n    relay: { kind: siren, topic: door }'),
    /relay\.kind: Expected a known kind, got "siren"\. \(tasmota, shelly/,
  ],
  [
    'a rule for a group that nobody described',
    `${base}${access('{ id: l }').replace('everyone', 'staff')}`,
    /access\.rules\[0\]\.groups\[0\]/,
  ],
] as const)
  test(`refuses ${name}`, () => assert.match(complaintsOf(text), complaint));

test('a lane may ask for nothing but a badge', () => {
  const text =
    base.replace('\n    identification: { max_fpir: 1 in 1_000 }', '') +
    access('{ id: l, credentials: badge-only }');
  assert.equal(complaintsOf(text), '');
});
