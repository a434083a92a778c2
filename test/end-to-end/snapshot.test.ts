/** A picture for an operator, from the camera to a file: the whole box, a real broker, the command line. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import pino from 'pino';
import { packsFolder } from '../../src/biometrics/packs/pack-catalog.js';
import { commandCommand } from '../../src/cli/gate/command-verb.js';
import { newGrantKey } from '../../src/gate/protocol/signature.js';
import { connectBus } from '../../src/platform/mqtt/reconnecting-bus.js';
import { parseConfig } from '../../src/service/config/parse-config.js';
import { runDaemon } from '../../src/service/daemon/daemon.js';
import { isJpeg, SNAPSHOT } from '../../src/vision/ports/picture.js';
import { writeGateKey } from '../gate/protocol/gate-keys.js';
import { brokerFor } from '../service/demo/broker-for.js';
import { until } from '../until.js';

/** A photograph that comes with face-api. */
const PHOTO = path.resolve('node_modules/@vladmandic/face-api/demo/sample2.jpg');

/** Two lanes: one that sees, and one whose camera is not there. */
async function boxFor(t: TestContext) {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-snapshot-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const broker = await brokerFor(t);
  await mkdir(path.join(folder, 'view'));
  await copyFile(PHOTO, path.join(folder, 'view', '1.jpg'));
  await writeFile(path.join(folder, 'gallery.key'), randomBytes(32));
  await writeFile(path.join(folder, 'grant.key'), newGrantKey('ed25519').secret);
  await writeGateKey(folder);
  for (const name of ['desk', 'guard']) {
    const key = newGrantKey('ed25519');
    await writeFile(path.join(folder, `${name}.key`), key.secret);
    await writeFile(path.join(folder, `${name}.pub`), key.forGate ?? '');
  }
  const lane = (id: string, place: string) =>
    `{ id: ${id}, gate: ${id}, gate_key_file: ${folder}/gate.pub, direction: in, camera: { kind: folder, path: ${folder}/${place}, loop: true }, identification: { max_fpir: "1 in 1,000" } }`;
  const config = parseConfig(`
site: test
data_dir: ${folder}/data
models: { folder: ${packsFolder({ env: process.env })} }
gallery: { key_file: ${folder}/gallery.key }
mqtt: { url: "${broker.url}" }
grants: { key_id: k, algorithm: ed25519, key_file: ${folder}/grant.key }
privacy: { snapshot: allowed }
commands:
  operators:
    - { id: desk, key_file: ${folder}/desk.pub, permissions: [snapshot] }
    - { id: guard, key_file: ${folder}/guard.pub }
lanes: [${lane('north', 'view')}, ${lane('south', 'nowhere')}]
`);
  const heard: { readonly topic: string; readonly text: string; readonly retained: boolean }[] = [];
  const listen = (clientId: string) => {
    const bus = connectBus({ url: broker.url, clientId });
    t.after(() => bus.close());
    bus.subscribe('#', ({ topic, payload, retained }) =>
      heard.push({ topic, text: Buffer.from(payload).toString(), retained }),
    );
    return bus;
  };
  listen('ear');
  const lines: string[] = [];
  const stop = new AbortController();
  const daemon = runDaemon(
    { config, env: process.env, log: pino({ level: 'trace' }, { write: (line) => void lines.push(line) }) },
    stop.signal,
  );
  const end = async () => {
    stop.abort();
    await daemon;
  };
  t.after(end);
  const order = async (words: readonly string[], operator = 'desk', lane = 'north') => {
    const said: string[] = [];
    let exitCode = 0;
    const world = {
      print: (line: string) => void said.push(line),
      setExitCode: (code: number) => {
        exitCode = code;
      },
    };
    const place = ['--site', 'test', '--lane', lane, '--broker', broker.url];
    const who = ['--operator', operator, '--key', path.join(folder, `${operator}.key`)];
    await commandCommand(world).parseAsync([...words, ...place, ...who, '--json'], { from: 'user' });
    return { ...JSON.parse(said[0] ?? '{}'), said: said.join('\n'), exitCode };
  };
  const cameraOf = (lane: string) =>
    heard.some(({ topic, text }) => topic === `twinstile/test/${lane}/state` && !text.includes('"opening"'));
  await until(() => cameraOf('north') && cameraOf('south'), 'both lanes know their camera');
  return { folder, heard, lines, order, listen, end };
}

test('an operator gets one picture into a file, and it stays nowhere else', async (t) => {
  const { folder, heard, lines, order, listen, end } = await boxFor(t);
  const to = path.join(folder, 'north.jpg');

  const answer = await order(['snapshot', '--to', to]);
  assert.deepEqual(
    [answer.exitCode, answer.result, answer.width, answer.height, answer.file],
    [0, 'ok', 1280, 911, to],
  );
  assert.ok(!answer.said.includes('"jpeg"'), 'no picture on the terminal');
  const picture = await readFile(to);
  assert.ok(isJpeg(picture) && picture.length <= SNAPSHOT.bytes);
  assert.equal((await stat(to)).mode & 0o777, 0o600);
  await assert.rejects(order(['snapshot', '--to', to]), { code: 'bad-arguments' });
  assert.equal(Buffer.compare(await readFile(to), picture), 0, 'not written over');

  const other = path.join(folder, 'other.jpg');
  assert.equal((await order(['snapshot', '--to', other], 'guard')).reason, 'not-allowed');
  const south = await order(['snapshot', '--to', other], 'desk', 'south');
  assert.deepEqual([south.exitCode, south.result, south.reason], [3, 'failed', 'camera-not-live']);
  assert.match(south.hint, /twinstile doctor/);
  await assert.rejects(readFile(other), { code: 'ENOENT' });

  const inBase64 = picture.toString('base64').slice(0, 300);
  const topics = heard.filter(({ text }) => text.includes(inBase64)).map(({ topic }) => topic);
  assert.deepEqual(topics, ['twinstile/test/north/response/snapshot']);
  const before = heard.length;
  listen('late');
  await until(() => heard.slice(before).some(({ retained }) => retained), 'what is retained');
  assert.ok(heard.slice(before).every(({ text }) => !text.includes(inBase64)));

  await end();
  assert.ok(lines.every((line) => !line.includes(inBase64)));
  for (const name of await readdir(path.join(folder, 'data'))) {
    const bytes = await readFile(path.join(folder, 'data', name));
    for (const trace of [inBase64, picture.subarray(20, 200)]) assert.ok(!bytes.includes(trace), name);
    if (name === 'twinstile.db') assert.ok(bytes.includes('"operation":"snapshot"'), 'who asked is kept');
  }
});
