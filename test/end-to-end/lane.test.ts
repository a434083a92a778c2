/** The whole box: a film of real faces, the vision process, core, a real broker and the gate. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import type { Decision } from '../../src/access/decision.js';
import { laneId, siteId } from '../../src/base/ids.js';
import { packsFolder } from '../../src/biometrics/packs/pack-catalog.js';
import { openPacks } from '../../src/biometrics/packs/pack-store.js';
import { runActuator } from '../../src/gate/actuate.js';
import { createSimulator } from '../../src/gate/drives/simulated-drive.js';
import { newGrantKey, verifyingKey } from '../../src/gate/protocol/signature.js';
import { laneTopics } from '../../src/gate/protocol/topics.js';
import type { LaneOutcome } from '../../src/lane/lane-dependencies.js';
import { connectBus } from '../../src/platform/mqtt/reconnecting-bus.js';
import { systemClock } from '../../src/platform/system-clock.js';
import { openDatabase } from '../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../src/records/sql/sqlite/sqlite-journal.js';
import { parseConfig } from '../../src/service/config/parse-config.js';
import { runDaemon } from '../../src/service/daemon/daemon.js';
import { prepareFilm } from '../../src/service/demo/prepare-film.js';
import { enrollFolder } from '../../src/service/demo/run-demo.js';
import { databaseFile } from '../../src/service/setup/open-gallery.js';
import { openPhotoEncoder } from '../../src/service/setup/open-photo-encoder.js';
import { placeOf, writeGateKey } from '../gate/protocol/gate-keys.js';
import { brokerFor } from '../service/demo/broker-for.js';

const packFolder = packsFolder({ env: process.env });
const topics = laneTopics(siteId('test'), laneId('lane'));
const place = placeOf('test', 'lane', 'gate');
/** Of these every other one is enrolled. */
const PEOPLE = 4;
const MAX_MS = 120_000;

interface StoredRow {
  readonly decision: Decision;
  readonly outcome: LaneOutcome | undefined;
}

async function boxFor(t: TestContext) {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-lane-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { card } = await openPacks(packFolder).open('builtin');
  const open = await openPhotoEncoder({ pack: 'builtin', packFolder });
  const { film, gallery } = await prepareFilm(
    path.join(tmpdir(), 'twinstile-test-films'),
    card,
    async () => (await openPhotoEncoder({ pack: 'builtin', packFolder })).encoder,
    PEOPLE,
  );
  const broker = await brokerFor(t);
  const key = newGrantKey('ed25519');
  await writeFile(path.join(folder, 'gallery.key'), randomBytes(32));
  await writeFile(path.join(folder, 'grant.key'), key.secret);
  const { signer } = await writeGateKey(folder);
  const config = parseConfig(`
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
`);
  const report = await enrollFolder(gallery, config, open, new AbortController().signal);
  await open.encoder.close();

  const stop = new AbortController();
  const bus = connectBus({ url: broker.url, clientId: 'gate' });
  const drive = createSimulator();
  const keys = [verifyingKey('k', 'ed25519', key.forGate ?? new Uint8Array())];
  const gate = runActuator(
    { bus, topics: topics.gate, place, direction: 'in', keys, signer, drive, clock: systemClock },
    stop.signal,
  );
  const told: StoredRow[] = [];
  const daemon = runDaemon(
    {
      config,
      log: pino({ level: 'silent' }),
      env: process.env,
      observer: { onDecision: (_lane, decision, outcome) => void told.push({ decision, outcome }) },
    },
    stop.signal,
  );
  const end = async (): Promise<void> => {
    stop.abort();
    await Promise.all([gate, daemon]);
    await bus.close();
  };
  t.after(end);
  return { config, broker, drive, told, report, end, failed: daemon.then(() => new Error('it ended')) };
}

/** Long, because the machine may be busy; a failure of the daemon ends the wait. */
async function until(box: Awaited<ReturnType<typeof boxFor>>, holds: () => boolean, what: string) {
  const end = performance.now() + MAX_MS;
  let over: Error | undefined;
  box.failed.then(
    (error) => (over = error),
    (error: Error) => (over = error),
  );
  while (!holds()) {
    if (over !== undefined) throw over;
    assert.ok(performance.now() < end, `Expected ${what}, got ${JSON.stringify(box.told.map(asWord))}`);
    await sleep(50);
  }
}

const asWord = ({ decision, outcome }: StoredRow) => [decision.person, decision.reason, outcome?.outcome];
const opened = ({ told }: { readonly told: readonly StoredRow[] }) =>
  told.filter(({ outcome }) => outcome?.outcome === 'opened');

test('enrolled people open the gate, strangers do not, and a dead broker opens nothing then or later', async (t) => {
  const box = await boxFor(t);
  assert.equal(box.report.people, PEOPLE / 2);
  const enrolled = new Set<string>(['ada', 'cleo']);

  await until(
    box,
    () =>
      new Set(opened(box).map(({ decision }) => decision.person)).size === enrolled.size &&
      box.told.some(({ decision }) => decision.verdict === 'refused' && decision.reason === 'unknown'),
    'both enrolled people let in and a stranger refused',
  );
  for (const { decision } of box.told)
    if (decision.verdict === 'granted') assert.ok(enrolled.has(decision.person ?? ''), decision.person);
  assert.equal(box.drive.releases, opened(box).length);

  await box.broker.cut();
  const before = { decisions: box.told.length, releases: box.drive.releases };
  await until(
    box,
    () => box.told.slice(before.decisions).some(({ decision }) => decision.verdict === 'granted'),
    'somebody recognised while the broker is away',
  );
  await box.broker.restore();
  const away = box.told.slice(before.decisions).filter(({ decision }) => decision.verdict === 'granted');
  for (const { outcome } of away) assert.notEqual(outcome?.outcome, 'opened');
  // Longer than a challenge lives and than the lane needs to come back.
  await sleep(2500);
  assert.equal(box.drive.releases - before.releases, opened(box).length - before.releases);

  await until(box, () => opened(box).length > before.releases, 'the gate opened again after the return');
  await box.end();

  const database = await openDatabase(databaseFile(box.config));
  const journal = openJournal(database);
  assert.equal((await journal.verify()).firstBroken, undefined);
  const rows = await journal.list({ limit: 1000 });
  const granted = rows.filter(({ kind, body }) => kind === 'decision' && body.verdict === 'granted');
  assert.ok(box.drive.releases <= granted.length, 'no opening without a trace');
  await database.close();
});
