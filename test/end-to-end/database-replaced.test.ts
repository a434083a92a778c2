/** The database under the real program is replaced or deleted: nobody is let in by what is not there any more. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { laneId, siteId } from '../../src/base/ids.js';
import { packsFolder } from '../../src/biometrics/packs/pack-catalog.js';
import { openPacks } from '../../src/biometrics/packs/pack-store.js';
import { runActuator } from '../../src/gate/actuate.js';
import { createSimulator } from '../../src/gate/drives/simulated-drive.js';
import { newGrantKey, verifyingKey } from '../../src/gate/protocol/signature.js';
import { laneTopics } from '../../src/gate/protocol/topics.js';
import { connectBus } from '../../src/platform/mqtt/reconnecting-bus.js';
import { systemClock } from '../../src/platform/system-clock.js';
import { openDatabase } from '../../src/records/sql/sqlite/sqlite-database.js';
import { parseConfig } from '../../src/service/config/parse-config.js';
import { prepareFilm } from '../../src/service/demo/prepare-film.js';
import { enrollFolder } from '../../src/service/demo/run-demo.js';
import { databaseFile } from '../../src/service/setup/open-gallery.js';
import { openPhotoEncoder } from '../../src/service/setup/open-photo-encoder.js';
import { placeOf, writeGateKey } from '../gate/protocol/gate-keys.js';
import { brokerFor } from '../service/demo/broker-for.js';

const packFolder = packsFolder({ env: process.env });
const skip = existsSync(path.join(packFolder, 'builtin')) ? false : 'needs the built-in pack';
const topics = laneTopics(siteId('test'), laneId('lane'));
const LONG = 180_000;
/** Long, because the machine may be busy. */
async function until(holds: () => boolean, what: string): Promise<void> {
  const end = performance.now() + LONG;
  while (!holds()) {
    assert.ok(performance.now() < end, `Expected ${what} within ${LONG} ms.`);
    await sleep(50);
  }
}
const program = [...process.execArgv, path.join(import.meta.dirname, '../../src/main.ts')];
const twinstile = async (...args: string[]) =>
  (await promisify(execFile)(process.execPath, [...program, ...args])).stdout;

async function runningBox(t: TestContext) {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-replaced-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { card } = await openPacks(packFolder).open('builtin');
  const open = await openPhotoEncoder({ pack: 'builtin', packFolder });
  const { film, gallery } = await prepareFilm(
    path.join(tmpdir(), 'twinstile-test-films'),
    card,
    async () => (await openPhotoEncoder({ pack: 'builtin', packFolder })).encoder,
    4,
  );
  const broker = await brokerFor(t);
  const key = newGrantKey('ed25519');
  await writeFile(path.join(folder, 'gallery.key'), randomBytes(32), { mode: 0o600 });
  await writeFile(path.join(folder, 'grant.key'), key.secret, { mode: 0o600 });
  const { signer } = await writeGateKey(folder);
  const text = `
site: test
data_dir: ${folder}/data
models: { folder: ${packFolder} }
gallery: { key_file: ${folder}/gallery.key }
mqtt: { url: "${broker.url}" }
grants: { key_id: k, algorithm: ed25519, key_file: ${folder}/grant.key }
lanes:
  - id: lane
    gate: gate
    gate_key_file: ${folder}/gate.pub
    direction: in
    pulse_ms: 300
    roi: { x: 0.3, width: 0.4 }
    camera: { kind: file, path: ${film}, loop: true }
    identification: { max_fpir: "1 in 1,000" }
`;
  const config = parseConfig(text);
  const file = path.join(folder, 'twinstile.yaml');
  await writeFile(file, text);
  await enrollFolder(gallery, config, open, new AbortController().signal);
  await open.encoder.close();
  const stop = new AbortController();
  const bus = connectBus({ url: broker.url, clientId: 'gate' });
  const drive = createSimulator();
  const keys = [verifyingKey('k', 'ed25519', key.forGate ?? new Uint8Array())];
  const gate = runActuator(
    {
      bus,
      topics: topics.gate,
      place: placeOf('test', 'lane', 'gate'),
      signer,
      direction: 'in',
      keys,
      drive,
      clock: systemClock,
    },
    stop.signal,
  );
  const causes: string[] = [];
  const looking = connectBus({ url: broker.url, clientId: 'looking' });
  looking.subscribe(topics.state, ({ payload }) => {
    const { degraded } = JSON.parse(Buffer.from(payload).toString('utf8')) as { degraded: string[] };
    causes.push(...degraded);
  });
  const child = spawn(process.execPath, [...program, 'run', '-c', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env },
  });
  child.stdout.resume();
  t.after(async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'close');
    stop.abort();
    await gate;
    await Promise.all([bus.close(), looking.close()]);
  });
  return { file, config, drive, causes, child, data: databaseFile(config) };
}

test('the database under a running box is replaced: people remove on the new file reaches the gate, and deleted: it lets nobody in', {
  skip,
  timeout: 600_000,
}, async (t) => {
  const { file, drive, causes, child, data } = await runningBox(t);
  await until(() => drive.releases >= 2, 'the gate opens');
  const open = await openDatabase(data);
  await open.copyTo(`${data}.copy`);
  await open.close();
  for (const end of ['', '-wal', '-shm']) await rename(data + end, `${data}.old${end}`);
  await rename(`${data}.copy`, data);
  const replacedAt = drive.releases;
  const removed = await twinstile('people', 'remove', 'ada', 'cleo', '--yes', '-c', file);
  assert.match(removed, /ada is removed/);
  const afterRemoval = drive.releases;
  assert.ok(
    afterRemoval - replacedAt <= 1,
    `opened ${afterRemoval - replacedAt} times by the file that was taken away`,
  );
  await until(() => causes.includes('database-replaced'), 'lanes say so');
  await until(
    () => causes.includes('database-restored') && causes.includes('gallery-empty'),
    'it begins again with the new one',
  );
  await sleep(8000);
  assert.equal(drive.releases, afterRemoval, 'whoever was removed in the new file is let in no more');
  assert.match(await twinstile('journal', 'verify', '-c', file), /\d+ rows are there/);

  causes.length = 0;
  await rm(data);
  await until(() => causes.includes('database-replaced'), 'lanes say that it is gone');
  await until(() => existsSync(data), 'it begins again with an empty one');
  await sleep(5000);
  assert.equal(drive.releases, afterRemoval);
  assert.equal(child.exitCode, null, 'the service goes on');
});
