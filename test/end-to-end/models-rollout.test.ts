/** A box at work takes a release over its own sync process, goes on letting people in, and goes back from one that fails. */
import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { laneId, siteId } from '../../src/base/ids.js';
import { digestOf } from '../../src/biometrics/model-card.js';
import { installPack } from '../../src/biometrics/packs/install-pack.js';
import { openPacks } from '../../src/biometrics/packs/pack-store.js';
import { downloaded, ready, switched } from '../../src/fleet/releases/rollout-state.js';
import { newIdentity, recipientOf } from '../../src/fleet/repository/age.js';
import { openRolloutStore } from '../../src/fleet/sqlite/rollout-store.js';
import { runActuator } from '../../src/gate/actuate.js';
import { createSimulator } from '../../src/gate/drives/simulated-drive.js';
import { newGrantKey, verifyingKey } from '../../src/gate/protocol/signature.js';
import { laneTopics } from '../../src/gate/protocol/topics.js';
import { connectBus } from '../../src/platform/mqtt/reconnecting-bus.js';
import { systemClock } from '../../src/platform/system-clock.js';
import { openDatabase } from '../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../src/records/sql/sqlite/sqlite-journal.js';
import { parseConfig } from '../../src/service/config/parse-config.js';
import { runBox } from '../../src/service/daemon/run-box.js';
import { prepareFilm } from '../../src/service/demo/prepare-film.js';
import { enrollFolder } from '../../src/service/demo/run-demo.js';
import { databaseFile } from '../../src/service/setup/open-gallery.js';
import { openPhotoEncoder } from '../../src/service/setup/open-photo-encoder.js';
import { checkPhotosInto, hasCheckPhotos } from '../fixtures/check-photos.js';
import { enrolled, SITE } from '../fixtures/fleet-world.js';
import { modelsWorld } from '../fixtures/models-world.js';
import { packFolderFor } from '../fixtures/pack-folder.js';
import { placeOf, writeGateKey } from '../gate/protocol/gate-keys.js';
import { brokerFor } from '../service/demo/broker-for.js';
import { withUndigestedTable } from '../support/undigested.js';

const MAX_MS = 180_000;
const topics = laneTopics(siteId(SITE), laneId('lane'));
const place = placeOf(SITE, 'lane', 'gate');

test('a release is taken at work and watched, and one that does not run is left again', {
  skip: hasCheckPhotos() ? false : 'needs shared data',
  timeout: 4 * MAX_MS,
}, async (t) => {
  const packFolder = await packFolderFor(t, 'builtin');
  assert.ok(packFolder);
  const { world, publish } = await modelsWorld('builtin', packFolder);
  const check = path.join(world.folder, 'check');
  await checkPhotosInto(check, 12);

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
  const data = path.join(world.folder, 'box');
  await mkdir(data);
  const identity = await newIdentity();
  await world.office.setDevices({ box: await recipientOf(identity) });
  for (const [name, bytes] of [
    ['gallery.key', Buffer.alloc(32, 9)],
    ['grant.key', key.secret],
    ['box.age', identity],
    ['root.json', world.seedRoot],
  ] as const)
    await writeFile(path.join(world.folder, name), bytes);
  const { signer } = await writeGateKey(world.folder);
  const config = parseConfig(`
site: ${SITE}
data_dir: ${data}
models: { folder: ${packFolder} }
gallery:
  key_file: ${world.folder}/gallery.key
  fleet:
    source: ${world.places.out}
    device: box
    root_file: ${world.folder}/root.json
    key_file: ${world.folder}/box.age
    schedule: "*/2 * * * * *"
    jitter_s: 0
    models: { probation_s: 10, max_latency_ms: 20000 }
mqtt: { url: "${broker.url}" }
grants: { key_id: k, algorithm: ed25519, key_file: ${world.folder}/grant.key }
lanes:
  - id: lane
    gate: gate
    gate_key_file: ${world.folder}/gate.pub
    direction: in
    pulse_ms: 300
    roi: { x: 0.3, width: 0.4 }
    camera: { kind: file, path: ${film}, loop: true }
    identification: { max_fpir: "1 in 1,000" }
    # The film is made of photographs.
    liveness: { mode: record }
`);
  await enrollFolder(gallery, config, open, new AbortController().signal);
  await open.encoder.close();
  // Somebody has to be published, with the same encoder.
  await world.registrar.apply(
    enrolled('office', 'office', 1, 128).map((change) =>
      change.kind === 'add-template'
        ? { ...change, template: { ...change.template, digest: digestOf(card) } }
        : change,
    ),
  );
  await world.publish();

  const stop = new AbortController();
  const bus = connectBus({ url: broker.url, clientId: 'gate' });
  const drive = createSimulator();
  const keys = [verifyingKey('k', 'ed25519', key.forGate ?? new Uint8Array())];
  const gate = runActuator(
    { bus, topics: topics.gate, place, direction: 'in', keys, signer, drive, clock: systemClock },
    stop.signal,
  );
  const lines: { readonly msg: string; readonly time: number; readonly kind?: string }[] = [];
  const states: { readonly models?: { readonly release: number; readonly rollout: string } }[] = [];
  const notices: { readonly alert: string; readonly phase: string; readonly reason?: string }[] = [];
  bus.subscribe(topics.state, ({ payload }) => void states.push(JSON.parse(Buffer.from(payload).toString())));
  bus.subscribe(
    topics.alert,
    ({ payload }) => void notices.push(JSON.parse(Buffer.from(payload).toString())),
  );
  const box = runBox(
    {
      config,
      log: pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) }),
      env: process.env,
    },
    stop.signal,
  );
  let over: unknown;
  box.catch((error: unknown) => {
    over = error;
  });
  t.after(async () => {
    stop.abort();
    await Promise.allSettled([gate, box]);
    await bus.close();
  });
  const until = async (what: string, holds: () => boolean): Promise<void> => {
    for (const end = performance.now() + MAX_MS; !holds(); await sleep(50)) {
      if (over !== undefined) throw over;
      assert.ok(performance.now() < end, `Expected ${what}, got ${JSON.stringify([states.at(-1), notices])}`);
    }
  };
  const logged = (msg: string, kind?: string) =>
    lines.find((line) => line.msg === msg && line.kind === kind && line.time > since)?.time ?? 0;
  let since = 0;
  const isAt = (release: number, rollout: string) => () =>
    states.some(({ models }) => models?.release === release && models.rollout === rollout);

  await until('somebody let in by the configured pack', () => drive.releases > 0);
  assert.match(await publish('builtin', check, '--percent', '100'), /^Release 1 /);
  await until('the release in use and watched', isAt(1, 'probation'));
  since = logged('begins again by other models');
  await until('the lane seeing by it', () => logged('note', 'vision-ready') > 0);
  t.diagnostic(`${logged('note', 'vision-ready') - since} ms without an eye`);
  const before = drive.releases;
  await until('somebody let in by the release', () => drive.releases > before);
  await until('the release settled', isAt(1, 'settled'));

  // It was examined well, and does not run in the lane: another network lies where the encoder should be.
  const pack = 'builtin.000000000bad';
  const { model } = card.encoder;
  const landmarks = card.detector.kind === 'tiny-face' ? card.detector.landmarks : card.detector.model;
  const wrong = { ...landmarks, file: model.file };
  await installPack(
    path.join(data, 'packs'),
    { ...withUndigestedTable(card), name: pack, encoder: { ...card.encoder, model: wrong } },
    ({ file }) =>
      createReadStream(path.join(packFolder, 'builtin', file === model.file ? landmarks.file : file)),
  );
  const database = await openDatabase(databaseFile(config));
  const progress = openRolloutStore(database);
  // At once: it is in no plan, and the next cycle of sync would drop what is only ready.
  await progress.change((here) =>
    switched(ready(downloaded(here, { release: 2, pack })), systemClock.wall(), []),
  );
  await until('the way back', () =>
    notices.some(({ alert, phase }) => alert === 'models' && phase === 'rolled-back'),
  );
  const told = notices.find(({ phase }) => phase === 'rolled-back');
  assert.match(told?.reason ?? '', /died|degraded|not up|does not land/);
  const after = drive.releases;
  await until('somebody let in by the release before', () => drive.releases > after);
  assert.equal((await progress.load()).running?.release, 1);
  const journal = openJournal(database);
  assert.equal((await journal.verify()).firstBroken, undefined);
  await database.close();
  // Before the world's folder is removed: the box still writes into it.
  stop.abort();
  await Promise.allSettled([gate, box]);
});
