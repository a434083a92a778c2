import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import { parseConfig } from '../../../src/service/config/parse-config.js';

const boxWith = (lane: string, above = ''): string => `
site: s
gallery: { key_file: k }
mqtt: { url: "mqtt://b" }
grants: { key_id: a, algorithm: ed25519, key_file: k }
${above}
lanes:
  - { id: n, gate: g, gate_key_file: g.pub, direction: in, camera: { kind: usb, device: /dev/video0 }, ${lane} }
`;

const problemsOf = (text: string): string => {
  try {
    parseConfig(text);
  } catch (error) {
    if (error instanceof TwinstileError) return error.message;
    throw error;
  }
  return '';
};

for (const [written, more] of [
  ['1 in 1,000', ''],
  ['1 in 250,000', ', frames: 3'],
  ['1 in 1,000,000', ''],
  ['1 in 12,345,678', ', frames: 2, window_ms: 500'],
] as const)
  test(`${written} inside braces is shown as it is written, with the order to quote it, and nothing else is reported`, () => {
    const message = problemsOf(boxWith(`identification: { max_fpir: ${written}${more} }`));
    assert.match(message, /got 1 problem:/);
    assert.ok(
      message.includes(`lanes[0].identification.max_fpir: Expected a value in quotes, got ${written}:`),
      message,
    );
    assert.ok(message.includes(`Put it in quotes: "${written}".`));
  });

test('several of them, and other mistakes of the file, are reported together', () => {
  const message = problemsOf(
    boxWith(
      'identification: { max_fpir: 1 in 1,000 }, verification: { max_fmr: 1 in 1,000,000 }, colour: red',
    ),
  );
  assert.match(message, /got 3 problems:/);
  assert.match(message, /lanes\[0\]\.colour: Expected a known key/);
});

test('in lines of their own and in quotes they are right', () => {
  assert.equal(problemsOf(boxWith('identification: { max_fpir: "1 in 1,000,000" }')), '');
  const lines = boxWith('').replace(
    / {2}- \{[^\n]*\n/,
    `  - id: n
    gate: g
    gate_key_file: g.pub
    direction: in
    camera: { kind: usb, device: /dev/video0 }
    verification:
      max_fmr: 1 in 1,000
`,
  );
  assert.equal(problemsOf(lines), '');
});

test('a number that YAML reads otherwise is shown as it is written, wherever a text belongs', () => {
  for (const written of ['0042', '1e5', '0x1F', '29.02', '12_000', '.5', 'yes'])
    for (const text of [
      boxWith('identification: "off", verification: { max_fmr: 0.001 }', `log: { level: ${written} }`),
      boxWith('identification: "off", verification: { max_fmr: 0.001 }').replace(
        'key_id: a',
        `key_id: ${written}`,
      ),
    ]) {
      const message = problemsOf(text);
      if (/reads as/.test(message)) assert.ok(message.includes(`Put it in quotes: "${written}".`), message);
      else assert.ok(message === '' || message.includes(written), message);
    }
});
