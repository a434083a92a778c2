/** What docs/PROTOCOL.md says of messages that cannot be read, held to each example of the document. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { z } from 'zod';
import { commandMessage } from '../../../src/gate/operator-command/operator-messages.js';
import {
  badgeMessage,
  challengeMessage,
  grantMessage,
  readMessage,
  sessionMessage,
  signedAckMessage,
  signedPassageMessage,
} from '../../../src/gate/protocol/gate-messages.js';
import { blocks } from './document.js';

type Fields = Readonly<Record<string, unknown>>;

const MESSAGES = [
  ['challenge', challengeMessage],
  ['grant', grantMessage],
  ['session', sessionMessage],
  ['ack', signedAckMessage],
  ['passage', signedPassageMessage],
  ['badge', badgeMessage],
  ['command', commandMessage],
] as const satisfies readonly (readonly [string, z.ZodType])[];

const HEX = ['boot', 'challenge', 'session', 'request', 'signature'];
const NAMES = ['id', 'gate', 'grant', 'key', 'operator', 'transaction', 'reader', 'read'];

const upper = (value: unknown): unknown => (typeof value === 'string' ? value.toUpperCase() : value);

/** Each is one thing wrong with a message that was right. */
function* broken(fields: Fields): Generator<readonly [string, unknown]> {
  for (const v of [String(fields.v), 0, 3, null, undefined])
    yield [`v ${JSON.stringify(v)}`, { ...fields, v }];
  for (const name of HEX.filter((one) => one in fields)) {
    const value = String(fields[name]);
    if (/[a-f]/.test(value)) yield [`${name} in upper case`, { ...fields, [name]: upper(value) }];
    yield [`${name} too short`, { ...fields, [name]: value.slice(2) }];
    yield [`${name} too long`, { ...fields, [name]: `${value}00` }];
    yield [`${name} no text`, { ...fields, [name]: 7 }];
  }
  for (const name of NAMES.filter((one) => one in fields))
    for (const value of ['', 'a'.repeat(65), '-a', 'a/b', 'a b', 'ä', 7])
      yield [`${name} ${JSON.stringify(value)}`, { ...fields, [name]: value }];
  for (const value of [99, 10_001, 500.5, '1000'])
    if ('pulse_ms' in fields) yield [`pulse_ms ${value}`, { ...fields, pulse_ms: value }];
  for (const value of [-1, 0.5, '1'])
    if ('sequence' in fields) yield [`sequence ${value}`, { ...fields, sequence: value }];
  yield ['a list', [fields]];
}

for (const [name, schema] of MESSAGES) {
  const examples = blocks(`json ${name}`);
  const read = (message: unknown) => readMessage<unknown>(schema, Buffer.from(JSON.stringify(message)));

  test(`a ${name} of the document can be read, also with fields that came later`, () => {
    assert.ok(examples.length > 0);
    for (const example of examples) {
      const fields: Fields = JSON.parse(example);
      assert.notEqual(read(fields), undefined);
      assert.notEqual(read({ ...fields, of_tomorrow: { a: 1 } }), undefined);
    }
  });

  test(`a ${name} with one thing wrong cannot be read`, () => {
    for (const example of examples)
      for (const [what, message] of broken(JSON.parse(example))) assert.equal(read(message), undefined, what);
  });

  test(`a ${name} that is longer than 2,048 bytes, or no JSON, cannot be read`, () => {
    const [example = ''] = examples;
    assert.equal(read({ ...JSON.parse(example), pad: 'x'.repeat(2048) }), undefined);
    for (const bytes of [example.slice(0, -3), '', '\u0000', 'null'])
      assert.equal(readMessage<unknown>(schema, Buffer.from(bytes)), undefined);
  });
}
