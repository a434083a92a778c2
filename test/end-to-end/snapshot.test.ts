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
import { openRows } from '../../src/records/journal/journal-rows.js';
import { openDatabase } from '../../src/records/sql/sqlite/sqlite-database.js';
import { parseConfig } from '../../src/service/config/parse-config.js';
import { connectCore } from '../../src/service/core-socket/ask-core.js';
import type { FollowEvent } from '../../src/service/core-socket/core-messages.js';
import { runDaemon } from '../../src/service/daemon/daemon.js';
import { isJpeg, LIVE_PICTURE, SNAPSHOT } from '../../src/vision/ports/picture.js';
import { writeGateKey } from '../gate/protocol/gate-keys.js';
import { brokerFor } from '../service/demo/broker-for.js';
import { until } from '../until.js';

/** A photograph that comes with face-api. */
const PHOTO = path.resolve('node_modules/@vladmandic/face-api/demo/sample2.jpg');

/** Two lanes: one that sees, and one whose camera is not there. */
async function boxFor(t: TestContext, liveView = 'off') {
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
privacy: { snapshot: allowed, live_view: ${liveView} }
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
  await until(() => cameraOf('north') && cameraOf('south'), 'both lanes know their camera', 60_000);
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
  await until(() => heard.slice(before).some(({ retained }) => retained), 'what is retained', 60_000);
  assert.ok(heard.slice(before).every(({ text }) => !text.includes(inBase64)));

  await end();
  assert.ok(lines.every((line) => !line.includes(inBase64)));
  for (const name of await readdir(path.join(folder, 'data'))) {
    const bytes = await readFile(path.join(folder, 'data', name));
    for (const trace of [inBase64, picture.subarray(20, 200)]) assert.ok(!bytes.includes(trace), name);
    if (name === 'twinstile.db') assert.ok(bytes.includes('"operation":"snapshot"'), 'who asked is kept');
  }
});

test('a client of the socket watches a lane: a picture for each request, with the numbers of its frame', async (t) => {
  const { folder, end } = await boxFor(t, 'allowed');
  const client = await connectCore(path.join(folder, 'data', 'core.sock'), { by: 'unix:guard' });
  const stop = new AbortController();
  const items: FollowEvent[] = [];
  const following = client.follow(undefined, (item) => items.push(item), stop.signal);
  const first = await client.picture('north');
  const second = await client.picture('north');
  assert.ok(first.kind === 'picture' && second.kind === 'picture');
  assert.ok(isJpeg(first.jpeg) && first.jpeg.length <= LIVE_PICTURE.bytes);
  assert.deepEqual([first.width, first.height], [LIVE_PICTURE.side, 456]);
  assert.ok(second.seq > first.seq, 'each picture is a new one');
  assert.ok(first.faces.length > 0 && first.frame.width > first.width, 'the numbers are those of the frame');
  const south = await client.picture('south');
  assert.deepEqual(south.kind === 'no-picture' && south.reason, 'camera-not-live');
  const isWatched = () =>
    items.some((item) => item.kind === 'state' && item.lane === 'north' && item.state.watched === true);
  await until(isWatched, 'the state that says so', 60_000);
  const begun = () =>
    items
      .flatMap((item) => (item.kind === 'rows' ? item.rows : []))
      .filter(({ body }) => body.act === 'live-view-begun');
  await until(() => begun().length >= 2, 'the rows of both viewings', 60_000);
  assert.deepEqual(
    begun()
      .slice(0, 2)
      .map(({ kind, body }) => [kind, body.act, body.lane, body.by]),
    [
      ['act', 'live-view-begun', 'north', 'unix:guard'],
      ['act', 'live-view-begun', 'south', 'unix:guard'],
    ],
  );
  stop.abort();
  await following;
  client.close();
  await end();
});

test('without live_view a client of the socket sees nothing, and nothing is written down', async (t) => {
  const { folder, end } = await boxFor(t);
  const client = await connectCore(path.join(folder, 'data', 'core.sock'), { by: 'unix:guard' });
  const picture = await client.picture('north');
  assert.deepEqual(picture.kind === 'no-picture' && picture.reason, 'live-view-off');
  client.close();
  await end();
  const database = await openDatabase(path.join(folder, 'data', 'twinstile.db'));
  const rows = await openRows(database).walk(0, 1000);
  await database.close();
  assert.ok(rows.every(({ body }) => body.act !== 'live-view-begun'));
});
