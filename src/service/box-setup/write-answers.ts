/** Writes the answers of the wizard into the text of a configuration. All else in it stays, comments too. Pure. */
import { type Document, isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';
import { TwinstileError } from '../../base/errors.js';
import type { Config } from '../config/config-schema.js';
import { parseConfig } from '../config/parse-config.js';
import type { LaneConfig } from '../config/sections/lane-section.js';
import { NONE, type SetupAnswers } from './setup-questions.js';

/** Files that are there on every box, relative to the configuration. */
const GATE_KEY = 'gate.pub';
export const PASSWORD_FILE = 'mqtt-password';

type Values = Readonly<Record<string, unknown>>;

/**
 * @param base a configuration that parseConfig takes. Its answers are in `answersIn`; those that are the same change nothing.
 * @returns what parseConfig takes too.
 * @throws TwinstileError 'config-invalid' where the answers do not go with what else is in it.
 */
export function writeAnswers(base: string, answers: SetupAnswers): string {
  const config = parseConfig(base);
  const index = laneIndexOf(config, answers.lane);
  const document = parseDocument(base);
  const before = answersIn(config, index);
  const changed = (name: keyof SetupAnswers): string | undefined =>
    answers[name] === before[name] ? undefined : answers[name];
  const lane = ['lanes', index];
  put(document, ['site'], changed('site'));
  put(document, [...lane, 'id'], changed('lane'));
  put(document, [...lane, 'gate'], changed('gate'));
  put(document, [...lane, 'direction'], changed('direction'));
  put(document, ['models', 'pack'], changed('pack'));
  writeLiveness(document, lane, changed('liveness'));
  const camera = changed('camera');
  if (camera !== undefined) putMap(document, [...lane, 'camera'], cameraOf(camera));
  writeBroker(document, config, { ...before, ...answers });
  writeOpener(document, config, index, { ...before, ...answers });
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: true });
  parseConfig(text);
  return text;
}

/** The lane of that name; one lane may get another name. @throws TwinstileError 'bad-arguments'. */
export function laneIndexOf({ lanes }: Pick<Config, 'lanes'>, name: string | undefined): number {
  if (lanes.length === 0)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: 'Expected the configuration of a box, got that of a registrar without lanes.',
      hint: 'Name another file with --config.',
    });
  const found = lanes.findIndex(({ id }) => id === name);
  if (found >= 0 || name === undefined || lanes.length === 1) return Math.max(0, found);
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected one of the lanes ${lanes.map(({ id }) => id).join(', ')}, got ${name}.`,
    hint: 'Name one that is there. A further lane is added in the file itself.',
  });
}

/** What a configuration already answers, as it would be typed. */
export function answersIn(config: Config, index: number): SetupAnswers {
  const lane = config.lanes[index];
  if (lane === undefined) return {};
  const { mqtt } = config;
  return {
    site: config.site,
    lane: lane.id,
    gate: lane.gate,
    direction: lane.direction,
    pack: config.models.pack,
    liveness: lane.liveness.mode ?? 'pack',
    camera: cameraText(lane.camera),
    broker: mqtt.url,
    ca: mqtt.ca_file ?? NONE,
    username: mqtt.username ?? NONE,
    ...passwordIn(mqtt),
    ...openerIn(lane),
  };
}

/** A credential's file is the service's affair: nothing is asked. */
const passwordIn = (mqtt: Config['mqtt']): SetupAnswers => {
  if (mqtt.password_credential !== undefined) return { 'password-file': NONE };
  return { 'password-file': mqtt.password_file ?? (mqtt.username === undefined ? PASSWORD_FILE : NONE) };
};

function cameraText(camera: LaneConfig['camera']): string {
  switch (camera.kind) {
    case 'usb':
      return camera.device;
    case 'csi':
      return `csi:${camera.sensor}`;
    case 'stream':
      return camera.url;
    case 'file':
    case 'folder':
      return camera.path;
  }
}

function cameraOf(text: string): Values {
  if (/^(rtsps?|https?):\/\//.test(text)) return { kind: 'stream', url: text };
  if (/^\/dev\/./.test(text)) return { kind: 'usb', device: text };
  if (/^csi:\d+$/.test(text)) return { kind: 'csi', sensor: Number(text.slice(4)) };
  return { kind: 'file', path: text, loop: true };
}

function openerIn({ relay }: LaneConfig): SetupAnswers {
  switch (relay?.kind) {
    case undefined:
      return { opener: 'gate' };
    case 'tasmota':
      return { opener: relay.kind, 'relay-topic': relay.topic };
    case 'shelly':
      return { opener: relay.kind, 'relay-topic': relay.prefix };
    case 'esphome':
      return { opener: relay.kind, 'relay-topic': relay.prefix, 'relay-button': relay.object_id };
    case 'zigbee2mqtt':
      return { opener: relay.kind, 'relay-topic': relay.device, 'relay-ends-by-itself': 'yes' };
    case 'topic':
      return {
        opener: relay.kind,
        'relay-topic': relay.topic,
        'relay-payload': relay.payload,
        'relay-ends-by-itself': 'yes',
      };
  }
}

/** By the kind of the relay, the keys that the answers write. */
function relayOf(answers: SetupAnswers): Values {
  const { opener: kind, 'relay-topic': topic } = answers;
  switch (kind) {
    case 'tasmota':
      return { kind, topic };
    case 'shelly':
      return { kind, prefix: topic };
    case 'esphome':
      return { kind, prefix: topic, object_id: answers['relay-button'] };
    case 'zigbee2mqtt':
      return { kind, device: topic, ends_by_itself: true };
    default:
      return { kind, topic, payload: answers['relay-payload'], ends_by_itself: true };
  }
}

function writeLiveness(document: Document, lane: Path, mode: string | undefined): void {
  if (mode === undefined) return;
  const at = [...lane, 'liveness', 'mode'];
  if (mode === 'pack') document.deleteIn(at);
  else put(document, at, mode);
  const rest = document.getIn([...lane, 'liveness']);
  if (isMap(rest) && rest.items.length === 0) document.deleteIn([...lane, 'liveness']);
}

function writeBroker(document: Document, { mqtt }: Config, answers: SetupAnswers): void {
  const { broker = mqtt.url, ca = NONE, username = NONE, 'password-file': password = NONE } = answers;
  put(document, ['mqtt', 'url'], broker);
  const isPlain = broker.startsWith('mqtt:');
  // They are for TLS alone, and refused without it.
  for (const key of isPlain ? ['ca_file', 'cert_file', 'key_file'] : []) document.deleteIn(['mqtt', key]);
  if (!isPlain) putOrDelete(document, ['mqtt', 'ca_file'], ca);
  putOrDelete(document, ['mqtt', 'username'], username);
  if (username === NONE) {
    for (const key of ['password_file', 'password_credential']) document.deleteIn(['mqtt', key]);
    return;
  }
  if (password !== NONE) document.deleteIn(['mqtt', 'password_credential']);
  putOrDelete(document, ['mqtt', 'password_file'], password);
}

function writeOpener(document: Document, config: Config, index: number, answers: SetupAnswers): void {
  const lane: Path = ['lanes', index];
  const at = [...lane, 'relay'];
  if (answers.opener === undefined || answers.opener === 'gate') {
    document.deleteIn(at);
    const own = config.lanes[index];
    const hasKey = own?.gate_key_file !== undefined || own?.gate_key_credential !== undefined;
    if (!hasKey && own?.gate_protocol !== 1 && config.grants.algorithm === 'ed25519')
      put(document, [...lane, 'gate_key_file'], GATE_KEY);
    return;
  }
  // A relay answers nothing that could be checked.
  for (const key of ['gate_key_file', 'gate_key_credential', 'gate_protocol'])
    document.deleteIn([...lane, key]);
  const before = config.lanes[index]?.relay;
  const wanted = relayOf(answers);
  const entries = Object.entries(wanted);
  // Which switch of it, and what else was written there, stays with the same kind.
  if (before?.kind === answers.opener) for (const [key, value] of entries) put(document, [...at, key], value);
  else putMap(document, at, wanted);
}

type Path = readonly (string | number)[];

/** The comment behind a value stays, and so does how it is written where it is the same. */
function put(document: Document, path: Path, value: unknown): void {
  if (value === undefined) return;
  const node = document.getIn(path, true);
  if (isScalar(node) && node.value === value) return;
  const fresh = document.createNode(value);
  if (isScalar(node)) {
    fresh.comment = node.comment;
    fresh.commentBefore = node.commentBefore;
  }
  document.setIn(path, fresh);
}

const putOrDelete = (document: Document, path: Path, value: string): void => {
  if (value === NONE) document.deleteIn(path);
  else put(document, path, value);
};

/** In one line, as the example has them. */
function putMap(document: Document, path: Path, values: Values): void {
  const node: YAMLMap = document.createNode(values);
  node.flow = true;
  document.setIn(path, node);
}
