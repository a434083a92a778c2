/**
 * The program itself, with a film of real faces, a broker that hears everything, and things that go wrong: what of a person
 * shows in its output, on the wire, in its journal and, after an erasure, in any file?
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { laneId, personId, siteId } from '../../src/base/ids.js';
import { packsFolder } from '../../src/biometrics/packs/pack-catalog.js';
import { runActuator } from '../../src/gate/actuate.js';
import { createSimulator } from '../../src/gate/drives/simulated-drive.js';
import { signingKey, verifyingKey } from '../../src/gate/protocol/signature.js';
import { laneTopics } from '../../src/gate/protocol/topics.js';
import { connectBus } from '../../src/platform/mqtt/reconnecting-bus.js';
import { systemClock } from '../../src/platform/system-clock.js';
import { openDatabase } from '../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../src/records/sql/sqlite/sqlite-journal.js';
import { loadConfig } from '../../src/service/config/load-config.js';
import { withGallery } from '../../src/service/setup/open-gallery.js';
import { filmForTests } from '../fixtures/film-for-tests.js';
import { tracesIn } from '../fixtures/traces.js';
import { placeOf } from '../gate/protocol/gate-keys.js';
import { brokerFor } from '../service/demo/broker-for.js';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const node = [process.execPath, '--import', 'tsx', main] as const;
const topics = laneTopics(siteId('test'), laneId('lane'));
const place = placeOf('test', 'lane', 'gate');
const MAX_MS = 120_000;

const NAME = 'Augusta Ada Byron-King';
/** As another system may have given it. */
const ID = 'hr-directory-18151210';
const BADGE = 'badge-04a1c2d3e4f5';

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + MAX_MS;
  while (!(await holds())) {
    assert.ok(performance.now() < end, `Expected ${what}`);
    await sleep(50);
  }
}

async function boxFor(t: TestContext) {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-personal-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const film = await filmForTests();
  const broker = await brokerFor(t);
  const config = path.join(folder, 'twinstile.yaml');
  await writeFile(
    config,
    `
site: test
data_dir: ${folder}/data
models: { folder: ${packsFolder({ env: process.env })} }
gallery: { key_file: ${folder}/gallery.key }
mqtt: { url: "${broker.url}" }
grants: { key_id: k, algorithm: ed25519, key_file: ${folder}/grant.key }
commands: { operators: [{ id: desk, key_file: ${folder}/operator.pub, permissions: [erase] }] }
log: { level: debug }
lanes:
  - id: lane
    gate: gate
    gate_key_file: ${folder}/gate.pub
    direction: in
    pulse_ms: 300
    roi: { x: 0.3, width: 0.4 }
    camera: { kind: file, path: ${film}, loop: true }
    identification: { max_fpir: "1 in 1,000" }
    verification: { max_fmr: "1 in 10,000" }
`,
  );
  const [first = ''] = (await readdir(path.join(path.dirname(film), 'gallery/ada'))).sort();
  const photo = path.join(path.dirname(film), 'gallery/ada', first);
  await writeFile(
    path.join(folder, 'people.csv'),
    `person;name;photo;badge\n${ID};${NAME};${photo};${BADGE}\n`,
  );
  const twinstile = async (...args: readonly string[]) => {
    const [program, ...before] = node;
    return (await promisify(execFile)(program, [...before, ...args], { timeout: MAX_MS })).stdout;
  };
  for (const kind of ['gallery', 'grant', 'operator', 'gate'])
    await twinstile('keys', 'new', kind, '--out', folder);
  return { folder, config, broker, twinstile };
}

async function gateFor(t: TestContext, folder: string, url: string) {
  const drive = createSimulator();
  const bus = connectBus({ url, clientId: 'gate' });
  const keys = [verifyingKey('k', 'ed25519', await readFile(path.join(folder, 'grant.pub')))];
  const own = signingKey('gate', 'ed25519', await readFile(path.join(folder, 'gate.key')));
  const signer = { protocol: 2, shared: [], own } as const;
  const stop = new AbortController();
  const gate = runActuator(
    { bus, topics: topics.gate, place, direction: 'in', keys, signer, drive, clock: systemClock },
    stop.signal,
  );
  t.after(async () => {
    stop.abort();
    await gate;
    await bus.close();
  });
  return drive;
}

async function earFor(t: TestContext, url: string) {
  const heard: { readonly topic: string; readonly payload: Buffer }[] = [];
  const bus = connectBus({ url, clientId: 'ear' });
  t.after(() => bus.close());
  bus.subscribe('#', ({ topic, payload }) => heard.push({ topic, payload: Buffer.from(payload) }));
  await until(() => bus.connected, 'somebody who listens');
  return { bus, heard };
}

function start(t: TestContext, config: string) {
  const [program, ...before] = node;
  const core: ChildProcess = spawn(program, [...before, 'run', '--config', config]);
  t.after(() => core.kill('SIGKILL'));
  const said: Buffer[] = [];
  for (const stream of [core.stdout, core.stderr]) stream?.on('data', (chunk: Buffer) => said.push(chunk));
  return { core, said: () => Buffer.concat(said) };
}

test('no name, vector or picture leaves the program, and after an erasure no file knows the person', {
  timeout: 600_000,
}, async (t) => {
  const { folder, config, broker, twinstile } = await boxFor(t);
  await twinstile(
    'enroll',
    '--csv',
    path.join(folder, 'people.csv'),
    '--consent-text',
    '1',
    '--config',
    config,
  );
  const settings = await loadConfig(config);
  const vectors = await withGallery(settings, undefined, async ({ gallery }) =>
    (await gallery.vectors(personId(ID))).map(({ vector }) => vector),
  );
  assert.equal(vectors.length, 1);
  const drive = await gateFor(t, folder, broker.url);
  const { bus, heard } = await earFor(t, broker.url);
  const { core, said } = start(t, config);
  await until(() => drive.releases >= 2, 'two openings');

  // Things go wrong: a badge, good and bad ones, nonsense, an eye that dies, a broker that is gone for a while.
  const tell = (topic: string, text: string) => bus.publish(topic, text, { qos: 0 });
  await tell(topics.badge, JSON.stringify({ v: 1, badge: BADGE, reader: 'r', read: 'r-1' }));
  await tell(topics.badge, `{"v":1,"badge":"${BADGE}"`);
  await tell(topics.operator.command('erase'), `{"v":1,"argument":"${ID}"}`);
  const [eye] = (
    await promisify(execFile)('pgrep', ['-P', `${core.pid}`, '-f', 'vision-worker'])
  ).stdout.split('\n');
  process.kill(Number(eye), 'SIGKILL');
  await until(
    () => said().includes('"kind":"restarting"') || said().includes('restart'),
    'the death of an eye',
  );
  await broker.cut();
  await until(() => said().includes('broker-disconnected'), 'the loss of the broker');
  await broker.restore();
  const before = drive.releases;
  await until(() => drive.releases > before, 'an opening after all that');

  const database = path.join(folder, 'data/twinstile.db');
  const journal = async () => {
    const opened = await openDatabase(database);
    const rows = await openJournal(opened).list({ limit: 100_000 });
    await opened.close();
    return Buffer.from(JSON.stringify(rows));
  };
  // The id is what the journal and whoever acts on a decision need; a name is not.
  assert.ok((await journal()).includes(ID));
  assert.deepEqual(tracesIn(await journal(), { words: [NAME], vectors }), []);
  assert.ok((await readFile(database)).includes(NAME), 'it would be found');

  await twinstile(
    ...['command', 'erase', ID, '--site', 'test', '--lane', 'lane', '--broker', broker.url],
    ...['--operator', 'desk', '--key', path.join(folder, 'operator.key')],
  );
  await until(() => said().includes('"people":0'), 'a gallery without the person');
  core.kill('SIGTERM');
  await once(core, 'exit');

  const words = [NAME, 'Augusta', 'Byron'];
  assert.deepEqual(tracesIn(said(), { words: [...words, ID, BADGE], vectors }), [], 'in what it says');
  const own = heard.filter(({ topic }) => !topic.includes('/command/') && topic !== topics.badge);
  const wire = (list: typeof heard) =>
    Buffer.concat(list.map(({ topic, payload }) => Buffer.concat([Buffer.from(`\n${topic} `), payload])));
  assert.deepEqual(tracesIn(wire(own), { words, vectors }), [], 'on the wire');
  const named = new Set(own.filter(({ payload }) => payload.includes(ID)).map(({ topic }) => topic));
  assert.deepEqual([...named], [topics.decision], 'the id is in decisions alone');
  assert.deepEqual(
    tracesIn(await journal(), { words: [...words, ID, BADGE], vectors }),
    [],
    'in the journal',
  );
  for (const name of await readdir(path.join(folder, 'data'), { recursive: true })) {
    const bytes = await readFile(path.join(folder, 'data', name)).catch(() => Buffer.alloc(0));
    assert.deepEqual(tracesIn(bytes, { words: [...words, ID, BADGE], vectors }), [], `in ${name}`);
  }
});

const VECTOR = Float32Array.from({ length: 128 }, (_, place) => Math.sin(place + 1) / 10);
const RAW = Buffer.from(VECTOR.buffer);
const JPEG = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(60, 0x41)]);
for (const [what, text] of [
  ['a name', `{"who":"${NAME}"}`],
  ['the bytes of a vector', Buffer.concat([Buffer.from('x'), RAW])],
  ['a vector in JSON', JSON.stringify([...VECTOR])],
  ['a vector in hexadecimal', RAW.toString('hex')],
  ...[0, 1, 2].map((shift) => [
    `a vector in base64, ${shift} bytes after something else`,
    Buffer.concat([Buffer.alloc(shift, 7), RAW]).toString('base64'),
  ]),
  ['a JPEG', JPEG],
  ...[0, 1, 2].map((shift) => [
    `a JPEG in base64, ${shift} bytes after something else`,
    Buffer.concat([Buffer.alloc(shift, 7), JPEG]).toString('base64'),
  ]),
] as readonly (readonly [string, string | Buffer])[])
  test(`${what} would be found`, () => {
    assert.equal(tracesIn(Buffer.from(text as string), { words: [NAME], vectors: [VECTOR] }).length, 1);
  });
