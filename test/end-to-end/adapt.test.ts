/** The daemon's real path: a lane's own head names its decisions, comes in while the lane runs, and goes at one command. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { stringify } from 'yaml';
import type { Decision } from '../../src/access/decision.js';
import type { HeadCandidate } from '../../src/adaptation/adaptation-store.js';
import { noStatistics, withTrack } from '../../src/adaptation/camera-statistics.js';
import { laneId, siteId } from '../../src/base/ids.js';
import { wallTime } from '../../src/base/units.js';
import { digestWithHead, type Head } from '../../src/biometrics/head/head.js';
import { identityMatrix } from '../../src/biometrics/head/matrix.js';
import { digestOf } from '../../src/biometrics/model-card.js';
import { packsFolder } from '../../src/biometrics/packs/pack-catalog.js';
import { openPacks } from '../../src/biometrics/packs/pack-store.js';
import { adaptCommand } from '../../src/cli/train/adapt-verb.js';
import { runActuator } from '../../src/gate/actuate.js';
import { createSimulator } from '../../src/gate/drives/simulated-drive.js';
import { newGrantKey, verifyingKey } from '../../src/gate/protocol/signature.js';
import { laneTopics } from '../../src/gate/protocol/topics.js';
import { connectBus } from '../../src/platform/mqtt/reconnecting-bus.js';
import { systemClock } from '../../src/platform/system-clock.js';
import { openJournal } from '../../src/records/sql/sqlite/sqlite-journal.js';
import { withAdaptation } from '../../src/service/adaptation/adapt-world.js';
import { parseConfig } from '../../src/service/config/parse-config.js';
import { runDaemon } from '../../src/service/daemon/daemon.js';
import { prepareFilm } from '../../src/service/demo/prepare-film.js';
import { enrollFolder } from '../../src/service/demo/run-demo.js';
import { withDatabase } from '../../src/service/setup/open-gallery.js';
import { openPhotoEncoder } from '../../src/service/setup/open-photo-encoder.js';
import { placeOf, writeGateKey } from '../gate/protocol/gate-keys.js';
import { brokerFor } from '../service/demo/broker-for.js';
import { undigested } from '../support/undigested.js';

const packFolder = packsFolder({ env: process.env });
const lane = laneId('lane');
const MAX_MS = 120_000;
const { card } = await openPacks(packFolder).open('builtin');
const encoder = digestOf(card);
const { dimension } = card.encoder;

/** Changes no distance: what is let in stays, and only the digest says that it is another head. */
const both = { unitInput: false, linear: identityMatrix(dimension), unitOutput: false };
const head: Head = {
  kind: 'twin',
  encoder,
  dimension,
  outputs: dimension,
  template: both,
  live: both,
  card: { how: 'By hand.' },
  calibration: undigested(card.calibration),
};

test('decisions carry the digest of the lane’s own head, from when it is taken until it is taken back', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-adapt-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const open = await openPhotoEncoder({ pack: 'builtin', packFolder });
  const { film, gallery } = await prepareFilm(
    path.join(tmpdir(), 'twinstile-test-films'),
    card,
    async () => (await openPhotoEncoder({ pack: 'builtin', packFolder })).encoder,
    4,
  );
  const broker = await brokerFor(t);
  const key = newGrantKey('ed25519');
  await writeFile(path.join(folder, 'gallery.key'), randomBytes(32));
  await writeFile(path.join(folder, 'grant.key'), key.secret);
  const { signer } = await writeGateKey(folder);
  const text = stringify({
    site: 'test',
    data_dir: `${folder}/data`,
    models: { folder: packFolder },
    adaptation: { mode: 'propose' },
    gallery: { key_file: `${folder}/gallery.key` },
    mqtt: { url: broker.url },
    grants: { key_id: 'k', algorithm: 'ed25519', key_file: `${folder}/grant.key` },
    lanes: [
      {
        id: 'lane',
        gate: 'gate',
        gate_key_file: `${folder}/gate.pub`,
        direction: 'in',
        roi: { x: 0.3, width: 0.4 },
        camera: { kind: 'file', path: film, loop: true },
        identification: { max_fpir: '1 in 1,000' },
      },
    ],
  });
  const file = path.join(folder, 'twinstile.yaml');
  await writeFile(file, text);
  const config = parseConfig(text);
  await enrollFolder(gallery, config, open, new AbortController().signal);
  await open.encoder.close();
  await withAdaptation(
    { config, env: process.env, clock: systemClock },
    async ({ dependencies, configured }) => {
      await dependencies.store.change(lane, encoder, () => ({
        sums: { statistics: withTrack(noStatistics(encoder, dimension), []), day: '2026-11-25' },
        candidate: {
          head,
          over: configured.digest,
          madeAt: wallTime(1),
          verdict: 'better',
          detail: 'by hand',
        },
      }));
    },
  );

  const over = new AbortController();
  const bus = connectBus({ url: broker.url, clientId: 'gate' });
  const gate = runActuator(
    {
      bus,
      topics: laneTopics(siteId('test'), lane).gate,
      place: placeOf('test', lane, 'gate'),
      signer,
      direction: 'in',
      keys: [verifyingKey('k', 'ed25519', key.forGate ?? new Uint8Array())],
      drive: createSimulator(),
      clock: systemClock,
    },
    over.signal,
  );
  t.after(async () => {
    over.abort();
    await gate;
    await bus.close();
  });
  const box = () => {
    const stop = new AbortController();
    const told: Decision[] = [];
    const heads: (string | undefined)[] = [];
    const daemon = runDaemon(
      {
        config,
        log: pino({ level: 'silent' }),
        env: process.env,
        observer: {
          onDecision: (_lane, decision) => void told.push(decision),
          onState: (_lane, { pack }) => void heads.push(pack.head),
        },
      },
      stop.signal,
    );
    const end = async (): Promise<void> => {
      stop.abort();
      await daemon;
    };
    t.after(end);
    return { told, heads, end };
  };
  const said: string[] = [];
  const command = async (verb: string, ...more: readonly string[]): Promise<void> => {
    const adapt = adaptCommand({ print: (line) => said.push(line), setExitCode: () => {} });
    await adapt.parseAsync(['node', 'adapt', verb, '--config', file, ...more]);
  };
  const own = digestWithHead(head);
  const decidedBy = async ({ told }: ReturnType<typeof box>, digest: string): Promise<void> => {
    const from = told.length;
    const end = performance.now() + MAX_MS;
    // Somebody may have been decided on before the change was noticed.
    while (!told.slice(from).some(({ model }) => model === digest)) {
      assert.ok(performance.now() < end, `Expected ${digest}, got ${told.map(({ model }) => model)}`);
      await sleep(50);
    }
  };

  const first = box();
  await decidedBy(first, encoder);
  await command('use');
  await decidedBy(first, own);
  assert.match(first.heads.at(-1) ?? '', /^adapted /);
  const after = first.told.slice(first.told.findIndex(({ model }) => model === own));
  assert.deepEqual(new Set(after.map(({ model }) => model)), new Set([own]));
  await first.end();

  const second = box();
  await decidedBy(second, own);
  assert.deepEqual(new Set(second.told.map(({ model }) => model)), new Set([own]));
  await command('undo', '--yes');
  await decidedBy(second, encoder);
  assert.equal(second.heads.at(-1), undefined);

  // What the lane gathers by itself while all that happens, and behind which heads it compares whom it lets in.
  await withAdaptation(
    { config, env: process.env, clock: systemClock },
    async ({ dependencies: parts, configured }) => {
      const waiting: HeadCandidate = {
        head,
        over: configured.digest,
        madeAt: wallTime(2),
        verdict: 'waiting',
        detail: 'by hand',
      };
      await parts.store.change(lane, encoder, (now) => ({ ...now, candidate: waiting }));
      const end = performance.now() + MAX_MS;
      for (;;) {
        const { sums, candidate } = await parts.store.load(lane, encoder);
        if ((candidate?.passages?.passages ?? 0) > 0 && (sums?.statistics.tracks ?? 0) >= 10) break;
        assert.ok(
          performance.now() < end,
          `Expected sums and a passage, got ${sums?.statistics.tracks} tracks`,
        );
        await sleep(200);
      }
    },
  );
  await second.end();

  await command('status');
  assert.match(
    said.join('\n'),
    /in use: head .*\n.*for the configured head.*\n.*back to the configured head/,
  );
  assert.match(said.join('\n'), /held {7}since/);
  await withDatabase(config, async (database) => {
    const rows = await openJournal(database).list({ limit: 100, kind: 'notice' });
    assert.deepEqual(
      rows.map(({ body }) => body.notice).filter((notice) => String(notice).startsWith('head-')),
      ['head-undone', 'head-used'],
    );
  });
});
