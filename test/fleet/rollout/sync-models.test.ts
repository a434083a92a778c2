/** A box's step towards a release, over a really signed repository; what lies on its disk and looks at photographs is a fake. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import { millis } from '../../../src/base/units.js';
import { comparisonOf } from '../../../src/biometrics/head/comparison.js';
import type { ModelCard } from '../../../src/biometrics/model-card.js';
import { parseCard, readCatalog } from '../../../src/biometrics/packs/pack-catalog.js';
import type { FleetSource } from '../../../src/fleet/fleet-ports.js';
import { LIFETIMES } from '../../../src/fleet/publish/sign-metadata.js';
import { CARD, PIECE, releasedName } from '../../../src/fleet/releases/rollout-plan.js';
import { encryptTo, openerOf } from '../../../src/fleet/repository/age.js';
import { blobFolder } from '../../../src/fleet/repository/blob-folder.js';
import { folderSource } from '../../../src/fleet/repository/open-source.js';
import { repositoryFolder } from '../../../src/fleet/repository/repository-folder.js';
import { releasesFile } from '../../../src/fleet/repository/site-files.js';
import { publishRelease } from '../../../src/fleet/rollout/publish-release.js';
import { type ModelsSyncDependencies, syncModels } from '../../../src/fleet/rollout/sync-models.js';
import { openRolloutStore } from '../../../src/fleet/sqlite/rollout-store.js';
import { enrolled, fleetWorld, SITE } from '../../fixtures/fleet-world.js';
import { withUndigestedTable } from '../../support/undigested.js';

const shipped = (await readCatalog()).get('mobile')?.card;
assert.ok(shipped !== undefined);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const PHOTOS = Array.from({ length: 20 }, (_, i) => ({ person: i >> 1, photo: Buffer.from(`photo ${i}`) }));

/** @param change of what is published: each of these is what a broken or hostile registrar could sign. */
async function boxWith(
  change: { readonly card?: (card: ModelCard) => ModelCard; readonly pack?: string } = {},
) {
  const world = await fleetWorld();
  const box = await world.device('gate-1');
  await world.registrar.apply(enrolled('ada'));
  await world.publish();
  const networks = new Map([
    ['detector.onnx', randomBytes(PIECE + 1000)],
    ['encoder.onnx', randomBytes(3 * PIECE)],
  ]);
  const model = (file: string) => {
    const bytes = networks.get(file) ?? Buffer.of();
    return { file, bytes: bytes.length, sha256: sha256(bytes), licence: 'MIT', source: 'a test' };
  };
  assert.ok(shipped !== undefined);
  const made: ModelCard = {
    ...withUndigestedTable(shipped),
    detector: { kind: 'yunet', model: model('detector.onnx') },
    encoder: { ...shipped.encoder, model: model('encoder.onnx') },
    liveness: [],
  };
  const named = { ...made, name: change.pack ?? releasedName(made) };
  const card = change.card?.(named) ?? named;
  const { secret, recipient } = await world.office.identity();
  const release = (again = false) =>
    world.signersOf(`site-${SITE}`).then(async (siteSigners) =>
      publishRelease(
        {
          folder: world.metadata,
          site: SITE,
          out: repositoryFolder(world.places.out),
          state: releasesFile(world.places.fleet, SITE),
          siteSigners,
          snapshot: await world.signersOf('snapshot'),
          timestamp: await world.signersOf('timestamp'),
          now: world.now(),
          lifetimes: LIFETIMES,
          recipient,
          encrypt: encryptTo,
        },
        {
          pack: named.name,
          files: [
            { name: CARD, bytes: Buffer.from(JSON.stringify(card)) },
            ...[...networks].map(([name, bytes]) => ({ name, bytes })),
          ],
          photos: PHOTOS,
          percent: 100,
          devices: [],
          again,
        },
      ),
    );
  const { number } = await release();
  await box.sync();
  const placed = new Map<string, Buffer>();
  const examined: string[] = [];
  const parts = (
    source: FleetSource,
    more: Partial<ModelsSyncDependencies> = {},
  ): ModelsSyncDependencies => ({
    source,
    kept: blobFolder(path.join(world.folder, 'gate-1', 'kept-models')),
    trust: box.fleet,
    site: SITE,
    device: 'gate-1',
    progress: openRolloutStore(box.database),
    store: {
      readCard: (text, pack) => parseCard(text, pack, 'a test'),
      async place(given, bytesOf) {
        for (const { file } of [given.detector.model, given.encoder.model]) {
          const pieces: Uint8Array[] = [];
          for await (const piece of bytesOf(file)) pieces.push(piece);
          placed.set(file, Buffer.concat(pieces));
        }
      },
      placeHead: async () => {},
      comparisonOf: async () => comparisonOf(card),
      sweep: async () => placed.clear(),
    },
    examiner: {
      examine: async (pack, photos) => {
        examined.push(pack);
        return {
          photos: photos.map(({ person }) => {
            const embedding = new Float32Array(128);
            embedding[person] = 1;
            return { person, embedding };
          }),
          selfTest: true,
          provider: 'cpu',
          latency: millis(1),
        };
      },
    },
    openPairs: (sealed) => openerOf(secret).open(sealed),
    rules: { provider: 'cpu', maxLatency: millis(100), maxLockedOut: 0 },
    now: () => world.now(),
    ...more,
  });
  return { world, box, card, networks, placed, examined, parts, number, release };
}

const here = (out: string) => folderSource(out);

test('every file arrives as it was published, is examined once, and is ready', async () => {
  const { world, parts, placed, networks, examined, card } = await boxWith();
  const progress = await syncModels(parts(here(world.places.out)));
  assert.deepEqual(progress.next, { models: { release: 1, pack: card.name }, phase: 'ready' });
  for (const [name, bytes] of networks) assert.ok(placed.get(name)?.equals(bytes), name);
  await syncModels(parts(here(world.places.out)));
  assert.deepEqual(examined, [card.name]);
});

test('a download that breaks off again and again goes on where it was', async () => {
  const { world, parts, networks, placed } = await boxWith();
  const whole = here(world.places.out);
  const asked: string[] = [];
  let left = 0;
  const weak: FleetSource = {
    ...whole,
    fetch: async (name, most, signal) => {
      if (left === 0)
        throw new TwinstileError({ code: 'fleet-unreachable', message: 'Expected a line, got none.' });
      left -= 1;
      asked.push(name);
      return whole.fetch(name, most, signal);
    },
  };
  let rounds = 0;
  for (; rounds < 40; rounds += 1) {
    left = 2;
    try {
      await syncModels(parts(weak));
      break;
    } catch (error) {
      assert.ok(error instanceof TwinstileError && error.code === 'fleet-unreachable');
    }
  }
  assert.ok(rounds > 2 && rounds < 40, `${rounds} rounds`);
  assert.ok(placed.get('encoder.onnx')?.equals(networks.get('encoder.onnx') ?? Buffer.of()));
  assert.equal(new Set(asked).size, asked.length, 'nothing is fetched twice');
});

test('pieces that somebody changed in the repository are refused, and nothing is placed', async () => {
  const { world, parts, box } = await boxWith();
  const blobs = path.join(world.places.out, 'blobs');
  for (const name of await readdir(blobs, { recursive: true })) {
    const file = path.join(blobs, name);
    if (path.basename(name).length !== 64) continue;
    const bytes = await readFile(file);
    if (bytes.length !== PIECE) continue;
    bytes[5] = (bytes[5] ?? 0) ^ 1;
    await writeFile(file, bytes);
  }
  await assert.rejects(
    syncModels(parts(here(world.places.out))),
    (error) => error instanceof TwinstileError && error.code === 'fleet-refused',
  );
  const progress = await openRolloutStore(box.database).load();
  assert.equal(progress.next, undefined);
  assert.deepEqual(progress.refused, [], 'the way to a release is no fault of the release');
});

for (const [name, change, outcome] of [
  ['that would take the place of a pack of this program', { pack: 'mobile' }, 'fleet-refused'],
  ['whose card names another pack', { card: (card: ModelCard) => ({ ...card, name: 'mobile' }) }, 'left'],
  [
    'whose card names other files',
    {
      card: (card: ModelCard) => ({
        ...card,
        encoder: { ...card.encoder, model: { ...card.encoder.model, sha256: 'a'.repeat(64) } },
      }),
    },
    'fleet-refused',
  ],
  [
    'whose card is none',
    { card: (card: ModelCard) => ({ ...card, encoder: { ...card.encoder, dimension: -1 } }) },
    'left',
  ],
] as const)
  test(`a signed release ${name} is not placed`, async () => {
    const { world, parts, placed } = await boxWith(change);
    const outcomeOf = syncModels(parts(here(world.places.out))).then(
      ({ refused }) => (refused.length === 1 ? 'left' : 'taken'),
      (error: unknown) => (error instanceof TwinstileError ? error.code : 'internal'),
    );
    assert.equal(await outcomeOf, outcome);
    assert.equal(placed.size, 0);
  });

test('a full disk, and one process that dies, say nothing of a release', async () => {
  const { world, parts, box } = await boxWith();
  const full = new TwinstileError({
    code: 'pack-refused',
    message: 'The pack could not be written: ENOSPC.',
    cause: Object.assign(new Error('no space'), { code: 'ENOSPC', syscall: 'write' }),
  });
  const given = parts(here(world.places.out));
  const onFull = { ...given, store: { ...given.store, place: () => Promise.reject(full) } };
  await assert.rejects(syncModels(onFull), full);
  assert.deepEqual((await openRolloutStore(box.database).load()).refused, []);
  let looks = 0;
  const once = {
    examine: async (...asked: Parameters<typeof given.examiner.examine>) => {
      looks += 1;
      if (looks === 1) throw new TwinstileError({ code: 'vision-failed', message: 'Out of memory.' });
      return given.examiner.examine(...asked);
    },
  };
  assert.equal((await syncModels({ ...given, examiner: once })).next?.phase, 'ready');
  assert.equal(looks, 2);
});

test('what is not for this box, or no longer offered, is dropped, and a new number is tried again', async () => {
  const { world, parts, box, release } = await boxWith();
  const broken = {
    examine: () => Promise.reject(new TwinstileError({ code: 'vision-failed', message: 'It died.' })),
  };
  const refused = await syncModels(parts(here(world.places.out), { examiner: broken }));
  assert.deepEqual(
    refused.refused.map(({ release: number }) => number),
    [1],
  );
  assert.equal(
    (await syncModels(parts(here(world.places.out)))).next,
    undefined,
    'the same number is not tried again',
  );
  assert.equal((await release(true)).number, 2);
  await box.sync();
  assert.equal((await syncModels(parts(here(world.places.out)))).next?.models.release, 2);
});
