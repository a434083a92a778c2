import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import fc from 'fast-check';
import { SETUP_QUESTIONS, type SetupAnswers } from '../../../src/service/box-setup/setup-questions.js';
import { answersIn, laneIndexOf, writeAnswers } from '../../../src/service/box-setup/write-answers.js';
import { exampleConfig } from '../../../src/service/config/example-config.js';
import { parseConfig } from '../../../src/service/config/parse-config.js';
import { holds } from '../../support/properties.js';

const byHand = await exampleConfig({ byHand: true });
const forService = await readFile('config/example.yaml', 'utf8');
const known = (text: string): SetupAnswers => answersIn(parseConfig(text), 0);

/** Text that YAML, a topic or a shell could take for something else. */
const hostile = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 24 }),
  fc.constantFrom(
    'null',
    '~',
    'yes',
    '0042',
    '1e5',
    '1 in 1,000',
    '# c',
    'a: b',
    '- a',
    '&a *b',
    '!!str x',
    "it's",
    '"',
    '{',
    '}',
    '%TAG',
    '@x',
    '`',
    'a #b',
    '|',
    '>',
    '?',
    'true',
    '2026-01-01',
    '...',
    '---',
    '\\',
    '\\x',
    ' a ',
    'x\ty',
    '\u2028',
    '=',
  ),
);
const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const relay = ['tasmota', 'shelly', 'esphome', 'zigbee2mqtt', 'topic'];
const typed: Readonly<Record<string, fc.Arbitrary<string>>> = {
  site: id,
  lane: id,
  gate: id,
  pack: id,
  direction: fc.constantFrom('in', 'out'),
  liveness: fc.constantFrom('require', 'record', 'off', 'pack'),
  camera: fc.oneof(
    hostile,
    hostile.map((text) => `rtsp://u:${text}@h/${text}`),
    hostile.map((text) => `/dev/${text}`),
    fc.constantFrom('csi:0', 'csi:15', 'csi:16'),
  ),
  broker: fc.oneof(
    hostile.map((text) => `mqtts://${text}`),
    fc.constantFrom('mqtt://127.0.0.1:1883', 'mqtts://[::1]:8883'),
  ),
  ca: fc.oneof(hostile, fc.constant('-')),
  username: fc.oneof(hostile, fc.constant('-')),
  'password-file': fc.oneof(hostile, fc.constant('-')),
  opener: fc.constantFrom('gate', ...relay),
  'relay-topic': hostile,
  'relay-button': hostile,
  'relay-payload': hostile,
  'relay-ends-by-itself': fc.constant('yes'),
};

/** What the questions take, as they would be asked: none that is not asked for, and all that are. */
const answers = fc.record(typed, { requiredKeys: [] }).map((raw) => {
  const taken: Record<string, string> = {};
  for (const { name, read, when } of SETUP_QUESTIONS) {
    const text = raw[name];
    const known = { opener: 'gate', broker: 'mqtt://h', username: '-', ...taken };
    if (text === undefined || when?.(known) === false) continue;
    const result = read(text.trim());
    if (result.kind === 'answer') taken[name] = result.text;
  }
  return taken;
});
const needed: Readonly<Record<string, readonly string[]>> = {
  gate: [],
  tasmota: ['relay-topic'],
  shelly: ['relay-topic'],
  esphome: ['relay-topic', 'relay-button'],
  zigbee2mqtt: ['relay-topic'],
  topic: ['relay-topic', 'relay-payload'],
};
const whole = answers.filter(({ opener = 'gate', ...rest }) =>
  (needed[opener] ?? []).every((name) => rest[name] !== undefined),
);

test('whatever the questions take is written so that config check takes it, and is read back as it was typed', (t) =>
  holds(
    t,
    fc.property(fc.constantFrom(byHand, forService), whole, (base, given) => {
      const text = writeAnswers(base, given);
      const back = known(text);
      const { username, broker } = back;
      for (const [name, value] of Object.entries(given)) {
        const isAway =
          (name === 'password-file' && username === '-') || (name === 'ca' && broker?.startsWith('mqtt:'));
        if (!isAway) assert.equal(back[name as keyof SetupAnswers], value, name);
      }
      // The same answers again change nothing.
      assert.equal(writeAnswers(text, back), text);
    }),
    { short: 120, long: 20_000 },
  ));

test('answers that are the same leave the words of the file, but for its blanks', () => {
  const words = (text: string) => text.split(/\s+/).filter((one) => one !== '');
  for (const base of [byHand, forService])
    assert.deepEqual(words(writeAnswers(base, known(base))), words(base));
});

test('what is not asked stays: comments, access, other lanes, and the size that a camera is asked for', () => {
  const base = `# of the site
site: a # ours
gallery: { key_file: g.key }
mqtt: { url: "mqtts://h:8883", ca_file: ca.pem, cert_file: c.pem, key_file: c.key, username: u, password_file: p }
grants: { key_id: k, algorithm: hmac-sha256, key_file: k.key }
lanes:
  - id: north
    gate: n1
    direction: in # of two
    # the old one
    camera: { kind: usb, device: /dev/video0, width: 640, height: 480 }
    relay: { kind: shelly, prefix: s, switch: 3 }
    identification: { max_fpir: "1 in 1,000" }
  - { id: south, gate: s1, direction: out, camera: { kind: csi, sensor: 1 }, verification: { max_fmr: 0.001 } }
access: { time_zone: Europe/Berlin, rules: [{ effect: grant, groups: [everyone] }] }
`;
  const text = writeAnswers(base, { site: 'b', lane: 'north', 'relay-topic': 'other', username: 'v' });
  for (const kept of [
    '# of the site',
    'site: b # ours',
    'direction: in # of two',
    '# the old one',
    'width: 640',
    'switch: 3',
    'prefix: other',
    'cert_file: c.pem',
    'time_zone: Europe/Berlin',
    'id: south',
    'username: v',
  ])
    assert.ok(text.includes(kept), `${kept}\n${text}`);
  const [before, after] = [parseConfig(base), parseConfig(text)];
  assert.deepEqual(after.lanes[1], before.lanes[1]);
  const south = writeAnswers(base, { lane: 'south', gate: 's2' });
  assert.equal(parseConfig(south).lanes[1]?.gate, 's2');
  assert.deepEqual(parseConfig(south).lanes[0], before.lanes[0]);
  assert.throws(() => laneIndexOf(before, 'west'), /one of the lanes north, south/);
});

test('a gate after a relay gets its key, and a broker without TLS keeps no certificate', () => {
  const relayed = writeAnswers(byHand, { opener: 'tasmota', 'relay-topic': 'door' });
  assert.deepEqual(parseConfig(relayed).lanes[0]?.relay, { kind: 'tasmota', topic: 'door', relay: 1 });
  const gated = parseConfig(writeAnswers(relayed, { opener: 'gate' })).lanes[0];
  assert.equal(gated?.relay, undefined);
  assert.equal(gated?.gate_key_file, 'gate.pub');
  const plain = parseConfig(writeAnswers(forService, { broker: 'mqtt://h:1883' })).mqtt;
  assert.equal(plain.ca_file, undefined);
  assert.equal(plain.password_credential, 'mqtt-password');
});

test('answers that go with nothing else in the file are refused with what is wrong', () => {
  assert.throws(
    () =>
      writeAnswers(
        `${byHand}\naccess:\n  time_zone: UTC\n  rules: [{ effect: grant, groups: [everyone] }]\n  lanes: [{ id: north }]\n`,
        {
          lane: 'south',
        },
      ),
    /access\.lanes/,
  );
});
