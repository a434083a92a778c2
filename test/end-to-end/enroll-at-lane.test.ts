/** Enrolled at the lane's own camera, let in, disputed: the whole box, its socket, a real broker and the command line. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import type { Decision } from '../../src/access/decision.js';
import { laneId, siteId } from '../../src/base/ids.js';
import { packsFolder } from '../../src/biometrics/packs/pack-catalog.js';
import { commandCommand } from '../../src/cli/gate/command-verb.js';
import { enrollCommand } from '../../src/cli/people/enroll-verb.js';
import { peopleCommand } from '../../src/cli/people/people-verb.js';
import { runActuator } from '../../src/gate/actuate.js';
import { createSimulator } from '../../src/gate/drives/simulated-drive.js';
import { newGrantKey, verifyingKey } from '../../src/gate/protocol/signature.js';
import { laneTopics } from '../../src/gate/protocol/topics.js';
import { connectBus } from '../../src/platform/mqtt/reconnecting-bus.js';
import { systemClock } from '../../src/platform/system-clock.js';
import { openRows } from '../../src/records/journal/journal-rows.js';
import { openDatabase } from '../../src/records/sql/sqlite/sqlite-database.js';
import { loadConfig } from '../../src/service/config/load-config.js';
import { runDaemon } from '../../src/service/daemon/daemon.js';
import { databaseFile } from '../../src/service/setup/open-gallery.js';
import { placeOf, writeGateKey } from '../gate/protocol/gate-keys.js';
import { brokerFor } from '../service/demo/broker-for.js';

const topics = laneTopics(siteId('test'), laneId('north'));
const VISION = fileURLToPath(new URL('../fixtures/turning-vision.ts', import.meta.url));

/** Long, because the machine may be busy. */
async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > end) assert.fail(`Expected '${what}' within a minute, got nothing.`);
    await sleep(20);
  }
}

async function boxFor(t: TestContext) {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-enroll-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const broker = await brokerFor(t);
  const [key, guard] = [newGrantKey('ed25519'), newGrantKey('ed25519')];
  await writeFile(path.join(folder, 'gallery.key'), randomBytes(32));
  await writeFile(path.join(folder, 'grant.key'), key.secret);
  await writeFile(path.join(folder, 'guard.key'), guard.secret);
  await writeFile(path.join(folder, 'guard.pub'), guard.forGate ?? '');
  const { signer } = await writeGateKey(folder);
  const file = path.join(folder, 'box.yaml');
  await writeFile(
    file,
    `
site: test
data_dir: data
models: { folder: ${packsFolder({ env: process.env })} }
gallery: { key_file: gallery.key }
mqtt: { url: "${broker.url}" }
grants: { key_id: k, algorithm: ed25519, key_file: grant.key }
privacy: { evidence: numbers }
commands: { operators: [{ id: guard, key_file: guard.pub, permissions: [dispute] }] }
lanes:
  - id: north
    gate: gate
    gate_key_file: gate.pub
    direction: in
    pulse_ms: 300
    camera: { kind: usb, device: /dev/none }
    liveness: { mode: "off" }
    identification: { max_fpir: "1 in 1,000" }
`,
  );
  const config = await loadConfig(file);
  const stop = new AbortController();
  const bus = connectBus({ url: broker.url, clientId: 'gate' });
  const gate = runActuator(
    {
      bus,
      topics: topics.gate,
      place: placeOf('test', 'north', 'gate'),
      direction: 'in',
      keys: [verifyingKey('k', 'ed25519', key.forGate ?? new Uint8Array())],
      signer,
      drive: createSimulator(),
      clock: systemClock,
    },
    stop.signal,
  );
  const decisions: Decision[] = [];
  const daemon = runDaemon(
    {
      config,
      log: pino({ level: 'silent' }),
      env: process.env,
      observer: { onDecision: (_lane, decision) => void decisions.push(decision) },
      startVision: ({ dimension, onLine }) => ({
        command: [process.execPath, '--import', 'tsx', VISION],
        env: { PATH: process.env.PATH, DIMENSION: `${dimension}` },
        dimension,
        onLine,
      }),
    },
    stop.signal,
  );
  t.after(async () => {
    stop.abort();
    await Promise.all([gate, daemon]);
    await bus.close();
  });
  return { folder, file, config, broker, decisions };
}

/** @returns what a command printed. */
async function ran(
  command: typeof enrollCommand | typeof peopleCommand | typeof commandCommand,
  words: readonly string[],
): Promise<string> {
  const lines: string[] = [];
  const world = { print: (line: string) => void lines.push(line), setExitCode: () => {} };
  await (command as typeof peopleCommand)(world).parseAsync([...words], { from: 'user' });
  return lines.join('\n');
}

test('a person is enrolled with the lane’s own camera, let in, and disputed by two people', async (t) => {
  const { folder, file, config, broker, decisions } = await boxFor(t);
  const at = ['--config', file];
  const socket = path.join(folder, 'data', 'core.sock');
  await until(async () => (await stat(socket).catch(() => undefined)) !== undefined, 'the socket is served');
  assert.equal((await stat(socket)).mode & 0o777, 0o660);

  const person = ['--person', 'ada', '--name', 'Ada', '--consent-text', '1'];
  await assert.rejects(ran(enrollCommand, ['--lane', 'south', ...person, ...at]), {
    code: 'bad-arguments',
    hint: /north/,
  });
  const said = await ran(enrollCommand, ['--lane', 'north', ...person, ...at]);
  assert.match(said, /^ada is enrolled with 3 looks/);
  // What the audit has to say of a camera's first person.
  assert.match(said, /^few: 3 templates of 1 person from the camera of north.*Enroll more there/m);

  const grants = () => decisions.filter(({ verdict }) => verdict === 'granted');
  await until(() => grants().length > 0, 'ada is let in');
  const [first] = grants();
  assert.equal(first?.person, 'ada');
  const id = first?.id ?? '';

  const alone = await ran(peopleCommand, ['dispute', id, ...at]);
  assert.match(alone, /ada needs 1 in .* at lane north/);
  assert.match(alone, /derived from the looks of the passage/);
  assert.match(alone, /does not count yet/);
  const order = [
    '--site',
    'test',
    '--lane',
    'north',
    '--broker',
    broker.url,
    '--operator',
    'guard',
    '--key',
    path.join(folder, 'guard.key'),
    '--json',
  ];
  const second = JSON.parse(await ran(commandCommand, ['dispute', id, ...order]));
  assert.deepEqual([second.result, second.in_force, second.person], ['ok', true, 'ada']);
  await until(() => decisions.some(({ reason }) => reason === 'disputed'), 'ada is refused since');

  const listed = await ran(peopleCommand, ['disputes', ...at]);
  assert.match(listed, /by operator:guard, until/);
  const ids = listed.split('\n').map((line) => line.split(' ')[0] ?? '');
  assert.equal(ids.length, 2);
  await ran(peopleCommand, ['disputes', '--undo', ...ids, ...at]);
  const before = grants().length;
  await until(() => grants().length > before, 'ada is let in again');

  const database = await openDatabase(databaseFile(config));
  const acts = (await openRows(database).list({ limit: 50, kind: 'act' })).map(({ body }) => body);
  const templates = await database.read((sql) =>
    sql.all<{ condition: string }>("SELECT condition FROM templates WHERE person = 'ada'"),
  );
  await database.close();
  const by = (name: string) => acts.filter(({ act }) => act === name).map((act) => act.by);
  assert.match(`${by('enrolled-at-lane')}`, /^unix:/);
  assert.match(`${by('person-enrolled')}`, /^unix:/);
  assert.deepEqual(by('passage-disputed').length, 2);
  assert.ok(by('passage-disputed').includes('operator:guard'));
  assert.equal(by('dispute-undone').length, 2);
  assert.equal(templates.length, 3);
  for (const { condition } of templates) assert.match(condition, /^camera\/[0-9a-f]{16}\/color$/);
});
