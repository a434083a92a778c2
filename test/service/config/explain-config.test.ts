import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parse } from 'yaml';
import { explainKeys, jsonSchema } from '../../../src/service/config/explain-config.js';
import { parseConfig } from '../../../src/service/config/parse-config.js';

test('a key of some kinds alone says which, and one that all have says none', () => {
  const kindsOf = (path: string) => explainKeys(path).map(({ kinds }) => kinds);
  assert.deepEqual(kindsOf('lanes.camera.device'), [['usb']]);
  assert.deepEqual(kindsOf('lanes.camera.width'), [['usb', 'csi']]);
  assert.deepEqual(kindsOf('lanes.camera.fps'), [['usb', 'csi'], ['folder']]);
  assert.deepEqual(kindsOf('lanes.camera.kind'), [undefined]);
  assert.deepEqual(kindsOf('lanes.relay.topic'), [['tasmota'], ['topic']]);
  assert.deepEqual(kindsOf('mqtt.url'), [undefined]);
});

test('a word that takes the place of a group, and the words of a list, are named', () => {
  const choicesOf = (path: string) => explainKeys(path)[0]?.choices;
  assert.deepEqual(choicesOf('lanes.identification'), ['off', 'a group of the keys below']);
  assert.deepEqual(choicesOf('log.level'), ['fatal', 'error', 'warn', 'info', 'debug', 'trace']);
  assert.deepEqual(choicesOf('lanes.gate_protocol'), ['1', '2']);
});

interface Schema {
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly type?: string | readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly additionalProperties?: boolean;
  readonly if?: Schema;
  readonly else?: Schema;
  readonly not?: Schema;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const typeFits = (type: string, value: unknown): boolean =>
  ({
    object: isObject(value),
    array: Array.isArray(value),
    string: typeof value === 'string',
    number: typeof value === 'number',
    integer: Number.isInteger(value),
    boolean: typeof value === 'boolean',
  })[type] ?? false;

/** As much of JSON Schema as an editor uses for this file. */
function fits(schema: Schema, value: unknown): boolean {
  const types = typeof schema.type === 'string' ? [schema.type] : schema.type;
  if (types !== undefined && !types.some((type) => typeFits(type, value))) return false;
  if (schema.const !== undefined && schema.const !== value) return false;
  if (schema.enum !== undefined && !schema.enum.includes(value)) return false;
  if (schema.not !== undefined && fits(schema.not, value)) return false;
  if (schema.anyOf !== undefined && !schema.anyOf.some((one) => fits(one, value))) return false;
  if (schema.oneOf !== undefined && schema.oneOf.filter((one) => fits(one, value)).length !== 1) return false;
  if (
    typeof value === 'string' &&
    schema.pattern !== undefined &&
    !new RegExp(schema.pattern, 'u').test(value)
  )
    return false;
  if (typeof value === 'number' && !numberFits(schema, value)) return false;
  if (
    schema.if !== undefined &&
    !fits(schema.if, value) &&
    schema.else !== undefined &&
    !fits(schema.else, value)
  )
    return false;
  if (Array.isArray(value))
    return schema.items === undefined || value.every((one) => fits(schema.items ?? {}, one));
  return !isObject(value) || objectFits(schema, value);
}

const numberFits = ({ minimum, maximum, exclusiveMinimum }: Schema, value: number): boolean =>
  !(value < (minimum ?? -Infinity)) &&
  !(value > (maximum ?? Infinity)) &&
  !(value <= (exclusiveMinimum ?? -Infinity));

const objectFits = (schema: Schema, value: Record<string, unknown>): boolean =>
  (schema.required ?? []).every((key) => key in value) &&
  Object.entries(value).every(([key, child]) => {
    const known = schema.properties?.[key];
    return known === undefined ? schema.additionalProperties !== false : fits(known, child);
  });

const schema = jsonSchema() as Schema;
const FIRST = `site: s
gallery: { key_file: k }
`;
const REST = `mqtt: { url: "mqtt://b" }
grants: { key_id: a, algorithm: ed25519, key_file: k }
lanes:
  - { id: n, gate: g, gate_key_file: g.pub, direction: in, camera: CAMERA, identification: IDENTIFICATION, verification: { max_fmr: 0.001 } }
`;
const lane = (camera: string, identification = '"off"'): string =>
  FIRST + REST.replace('CAMERA', camera).replace('IDENTIFICATION', identification);

for (const [what, text, isRight] of [
  ['a USB camera', lane('{ kind: usb, device: /dev/video0, width: 640 }'), true],
  ['a stream', lane('{ kind: stream, url: "rtsp://c/1" }'), true],
  [
    'a stream with a key of a USB camera',
    lane('{ kind: stream, url: "rtsp://c/1", device: /dev/video0 }'),
    false,
  ],
  ['a camera without a kind', lane('{ device: /dev/video0 }'), false],
  ['a camera of no known kind', lane('{ kind: webcam, device: /dev/video0 }'), false],
  ['rules of identification', lane('{ kind: usb, device: /dev/video0 }', '{ max_fpir: "1 in 1,000" }'), true],
  ['a rate that is none', lane('{ kind: usb, device: /dev/video0 }', '{ max_fpir: "often" }'), false],
  ['a rate that lets in one of ten', lane('{ kind: usb, device: /dev/video0 }', '{ max_fpir: 0.1 }'), false],
  ['a word that is not off', lane('{ kind: usb, device: /dev/video0 }', '"on"'), false],
  ['a registrar with a file of its own', `${FIRST}registrar: {}\n`, true],
  ['a registrar with a database', `${FIRST}registrar: { database: "postgres://u@db/people" }\n`, true],
  ['a box without lanes', FIRST, false],
  [
    'a box that imports and has no broker',
    `${lane('{ kind: usb, device: /dev/video0 }').replace(/mqtt: .*\n/, '')}registrar: {}\n`,
    false,
  ],
] as const)
  test(`an editor says of ${what} what config check says: ${isRight ? 'right' : 'wrong'}`, () => {
    assert.equal(fits(schema, parse(text)), isRight);
    if (isRight) parseConfig(text);
    else assert.throws(() => parseConfig(text), { code: 'config-invalid' });
  });

test('the example says in its first line where editors find the schema, and fits it', async () => {
  const example = await readFile('config/example.yaml', 'utf8');
  assert.match(example, /^# yaml-language-server: \$schema=twinstile\.schema\.json\n/);
  assert.ok(fits(schema, parse(example)));
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as {
    scripts: Record<string, string>;
  };
  assert.match(scripts.build ?? '', /config schema --out config\/twinstile\.schema\.json/);
});
