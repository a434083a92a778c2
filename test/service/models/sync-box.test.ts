/** From the command that publishes a release to a box that says it is ready, with real networks and real photographs. */
import assert from 'node:assert/strict';
import { createReadStream, existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { TwinstileError } from '../../../src/base/errors.js';
import { wallTime } from '../../../src/base/units.js';
import { digestWithHead, type Head } from '../../../src/biometrics/head/head.js';
import { writeHead } from '../../../src/biometrics/head/head-file.js';
import { digestOf, type ModelCard } from '../../../src/biometrics/model-card.js';
import { installPack } from '../../../src/biometrics/packs/install-pack.js';
import { openPacks } from '../../../src/biometrics/packs/pack-store.js';
import { readPlan } from '../../../src/fleet/releases/rollout-plan.js';
import { isFor, settled, switched } from '../../../src/fleet/releases/rollout-state.js';
import { openLog } from '../../../src/platform/log.js';
import { openGallery } from '../../../src/records/people/sql-gallery.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { createSyncProcess } from '../../../src/service/daemon/sync-process.js';
import { modelsInUse } from '../../../src/service/models/models-in-use.js';
import { openModels } from '../../../src/service/models/released-files.js';
import { checkPhotosInto, hasCheckPhotos } from '../../fixtures/check-photos.js';
import { enrolled, SITE } from '../../fixtures/fleet-world.js';
import { modelsWorld } from '../../fixtures/models-world.js';
import { packFolderFor } from '../../fixtures/pack-folder.js';
import { undigested, withUndigestedTable } from '../../support/undigested.js';

const skip = hasCheckPhotos() ? false : 'needs shared data';
const quiet = { error: () => {} };

async function worldWith(t: TestContext) {
  const packFolder = await packFolderFor(t, 'mobile');
  if (packFolder === undefined) throw new Error('Expected pack mobile, got none.');
  const all = await modelsWorld('mobile', packFolder);
  const check = path.join(all.world.folder, 'check');
  await checkPhotosInto(check, 12);
  const one = await all.box('gate-1');
  const two = await all.box('gate-2');
  await all.world.registrar.apply(enrolled('ada', 'ada', 1, 128));
  await all.world.publish();
  const { card } = await openPacks(packFolder).open('mobile');
  /** Names of which half of the boxes a release is for, and one of the other half. */
  const halves = async (): Promise<readonly [string, string]> => {
    const { releases } = JSON.parse(await all.models('rollout', 'status', '--json'));
    const { releases: read } = readPlan(
      Buffer.from(JSON.stringify({ v: 1, site: SITE, serial: 1, releases })),
      SITE,
    );
    const newest = read.at(-1);
    assert.ok(newest);
    const names = Array.from({ length: 64 }, (_, i) => `box-${i}`);
    const inside = names.find((name) => isFor(newest, name));
    const outside = names.find((name) => !isFor(newest, name));
    assert.ok(inside !== undefined && outside !== undefined);
    return [inside, outside];
  };
  return { ...all, packFolder, check, one, two, card, halves };
}

/** As core does when it sees that one is ready. */
const take = (box: Awaited<ReturnType<typeof worldWith>>['one']) =>
  box.inside((store) => store.change((here) => settled(switched(here, wallTime(Date.now()), []))));

test('half of the boxes take a healthy release, and one that promises too much is left at once', {
  skip,
}, async (t) => {
  const { publish, models, check, one, two, card, halves, world } = await worldWith(t);
  const looser = path.join(world.folder, 'looser.json');
  const table = card.calibration;
  assert.ok(table);
  await writeFile(looser, JSON.stringify({ ...table, source: 'measured again' }));
  const told = await publish('mobile', check, '--calibration', looser, '--percent', '50');
  assert.match(told, /^Release 1 of hq: mobile\.[0-9a-f]{12}, /);
  assert.match(
    await publish('mobile', check, '--calibration', looser, '--percent', '50'),
    /Release 1 of hq is as it was: nothing to publish/,
  );
  const [inside, outside] = await halves();
  assert.equal((await two.sync(outside))?.phase, 'configured');
  assert.equal((await one.sync(inside))?.phase, 'ready');
  await take(one);
  const first = await modelsInUse(one.settings(inside), {}, quiet);
  assert.match(first.pack, /^mobile\.[0-9a-f]{12}$/);
  assert.equal(
    (await openPacks(first.packFolder).open(first.pack)).card.calibration?.source,
    'measured again',
  );
  assert.equal((await modelsInUse(two.settings(outside), {}, quiet)).pack, 'mobile');

  // Every distance is called a hundred times surer than it is: strangers would be let in.
  const lying = path.join(world.folder, 'lying.json');
  const rows = table.rows.map(({ distance, fmr }) => ({ distance: distance * 1.6, fmr }));
  await writeFile(lying, JSON.stringify({ ...table, rows }));
  assert.match(await publish('mobile', check, '--calibration', lying, '--percent', '100'), /^Release 2 /);
  const state = await one.sync(inside);
  assert.equal(state?.phase, 'rolled-back');
  assert.equal(state?.release, 1, 'what was in use stays in use');
  assert.match(state?.refused?.reason ?? '', /promises too much/);
  const before = await one.progress();
  assert.equal((await one.sync(inside))?.phase, 'rolled-back');
  assert.deepEqual(await one.progress(), before, 'it is not tried again');

  assert.match(
    await models('rollout', 'roll-back', '--release', '1', '--out', world.places.out, '--yes'),
    /everybody goes back/,
  );
  assert.equal((await one.sync(inside))?.release, 0);
  assert.equal((await modelsInUse(one.settings(inside), {}, quiet)).pack, 'mobile');
});

test('the sync processes of two boxes take what is for one of them', {
  skip,
  timeout: 240_000,
}, async (t) => {
  const { publish, check, one, two, halves } = await worldWith(t);
  assert.match(await publish('mobile', check, '--percent', '50'), /^Release 1 /);
  const [inside, outside] = await halves();
  const stop = new AbortController();
  const [first, second] = [one.settings(inside), two.settings(outside)].map((settings) =>
    createSyncProcess(settings, process.env, openLog('silent')).run(stop.signal),
  );
  const synced = async (box: typeof one): Promise<boolean> =>
    box.inside(async () => existsSync(path.join(box.data, 'sync-models')));
  for (let tries = 0; (await one.progress()).next?.phase !== 'ready' || !(await synced(two)); tries += 1) {
    assert.ok(tries < 400, 'neither within 200 s');
    await pause(500);
  }
  stop.abort();
  await Promise.all([first, second]);
  assert.match((await one.progress()).next?.models.pack ?? '', /^mobile\./);
  assert.equal((await two.progress()).next, undefined);
  assert.equal(existsSync(path.join(two.data, 'packs')), false, 'nothing was fetched by the other');
});

test('a head goes out with a pack, and what is stored is seen through it without being made anew', {
  skip,
}, async (t) => {
  const { publish, check, one, card, world } = await worldWith(t);
  assert.ok(card.calibration);
  // As the encoder sees it, but turned: other vectors, the same distances.
  const turned = new Float32Array(128 * 128);
  for (let row = 0; row < 128; row += 1) turned[row * 128 + (127 - row)] = 1;
  const side = { unitInput: true, linear: { rows: 128, columns: 128, data: turned }, unitOutput: false };
  const head: Head = {
    kind: 'twin',
    encoder: digestOf(card),
    dimension: 128,
    outputs: 128,
    template: side,
    live: side,
    card: { how: 'Turned about, for a test.' },
    calibration: undigested(card.calibration),
  };
  const file = path.join(world.folder, 'head.json');
  await writeHead(file, head);
  assert.match(await publish('mobile', check, '--head', file, '--devices', 'gate-1'), /^Release 1 /);
  await one.progress();
  await peopleIn(one.data, card);
  assert.equal((await one.sync('gate-1'))?.phase, 'ready', 'nobody has to come again for a head');
  await take(one);
  const models = await modelsInUse(one.settings('gate-1'), {}, quiet);
  const { comparison } = await openModels(models);
  assert.equal(comparison.digest, digestWithHead(head));
  assert.equal(comparison.trunk.digest, digestOf(card), 'what is stored is the encoder’s');
  await writeFile(file, (await readFile(file, 'utf8')).replace(digestOf(card), 'a'.repeat(64)));
  await assert.rejects(
    publish('mobile', check, '--head', file, '--devices', 'gate-1', '--again'),
    (error) => error instanceof TwinstileError && error.code === 'head-refused',
    'a head of another encoder is not published',
  );
});

test('an encoder of garbage, and one for which people have no template, are not switched to', {
  skip,
}, async (t) => {
  const { publish, models, check, one, packFolder, card, world } = await worldWith(t);
  const files = path.join(packFolder, 'mobile');
  /** The same networks under another recipe. */
  const packOf = async (name: string, change: Partial<ModelCard['encoder']>): Promise<string> => {
    const made: ModelCard = {
      ...withUndigestedTable(card),
      name,
      liveness: [],
      encoder: { ...card.encoder, ...change },
    };
    await installPack(path.join(world.folder, 'own'), made, ({ file }) =>
      createReadStream(path.join(files, file)),
    );
    return path.join(world.folder, 'own', name);
  };
  const [right, left, ...rest] = card.encoder.points;
  assert.ok(rest.length === 3);
  // Eyes where the mouth is: vectors of anything but a face.
  const [nose, ...mouth] = rest;
  const upsideDown = [mouth[1], mouth[0], nose, left, right] as unknown as ModelCard['encoder']['points'];
  const broken = await packOf('broken', { points: upsideDown });
  assert.match(await publish(broken, check, '--devices', 'gate-1'), /^Release 1 of hq: broken\./);
  const refused = await one.sync('gate-1');
  assert.equal(refused?.phase, 'rolled-back');
  assert.match(refused?.refused?.reason ?? '', /pairs of one person match|does not land|promises too much/);

  // As good as before, but nobody has a template of it.
  const other = await packOf('other', { mean: [123, 116, 103] });
  const people = await peopleIn(one.data, card);
  assert.equal(people, 1);
  assert.match(await publish(other, check, '--devices', 'gate-1'), /^Release 2 /);
  const waits = await one.sync('gate-1');
  assert.equal(waits?.phase, 'waiting', JSON.stringify(waits));
  assert.match(waits?.why ?? '', /1 of 1 person has no .* enrolled again: bob/);
  assert.match(await models('rollout', 'halt', '--out', world.places.out), /halted/);
  assert.equal((await one.sync('gate-1'))?.phase, 'rolled-back', 'what waited is dropped');
  assert.equal((await one.progress()).next, undefined);
});

/** Somebody who was enrolled on the box itself, with the encoder in use. @returns how many. */
async function peopleIn(data: string, card: ModelCard): Promise<number> {
  const database = await openDatabase(path.join(data, 'twinstile.db'));
  try {
    const gallery = await openGallery(database, Buffer.alloc(32, 9));
    await gallery.apply(
      enrolled('bob', 'bob', 1, 128).map((change) =>
        change.kind === 'add-template'
          ? { ...change, template: { ...change.template, digest: digestOf(card) } }
          : change,
      ),
    );
    return (await gallery.list()).filter(({ person }) => person.id === 'bob').length;
  } finally {
    await database.close();
  }
}
