/** A disk that is full while a new gallery comes in. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { TwinstileError } from '../../../src/base/errors.js';
import { openerOf } from '../../../src/fleet/repository/age.js';
import { blobFolder } from '../../../src/fleet/repository/blob-folder.js';
import { folderSource } from '../../../src/fleet/repository/open-source.js';
import { openFleetGallery } from '../../../src/fleet/sqlite/fleet-gallery.js';
import { type SyncDependencies, syncGallery } from '../../../src/fleet/sync/sync-gallery.js';
import { openGallery } from '../../../src/records/people/sql-gallery.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { actsOfTest } from '../../fixtures/acts.js';
import { DIGEST, DIMENSION, enrolled, fleetWorld } from '../../fixtures/fleet-world.js';

const run = promisify(execFile);
const KEY = Buffer.alloc(32, 9);
const SIZE = 4 * 1024 * 1024;

/** @returns undefined where nothing may be mounted. */
async function smallDisk(t: TestContext): Promise<string | undefined> {
  const disk = await mkdtemp(path.join(tmpdir(), 'twinstile-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', disk]);
  } catch {
    // Not root, or not in here.
    await rm(disk, { recursive: true });
    return undefined;
  }
  t.after(async () => {
    await run('umount', ['-l', disk]);
    await rm(disk, { recursive: true });
  });
  return disk;
}

async function fill(disk: string): Promise<() => Promise<void>> {
  const { bavail, bsize } = await statfs(disk);
  const filler = path.join(disk, 'filler');
  await writeFile(filler, Buffer.alloc(bavail * bsize));
  return () => rm(filler);
}

async function boxOn(t: TestContext, places: { readonly database: string; readonly kept: string }) {
  const world = await fleetWorld();
  const { identity } = await world.device('gate-1');
  const database = await openDatabase(path.join(places.database, 'box', 'twinstile.db'));
  t.after(() => database.close());
  const gallery = await openGallery(database, KEY);
  const dependencies: SyncDependencies = {
    source: folderSource(world.places.out),
    gallery: await openFleetGallery(database, KEY, actsOfTest),
    kept: blobFolder(path.join(places.kept, 'kept')),
    site: 'hq',
    seedRoot: world.seedRoot,
    device: openerOf(identity),
    openerOf,
    own: { digest: DIGEST, dimension: DIMENSION, isUnit: true },
    clock: world.now,
  };
  await world.registrar.apply(enrolled('ada'));
  await world.publish();
  await syncGallery(dependencies);
  // What the log of writes has grown to it may use again without asking for room.
  await database.scrub();
  await world.registrar.apply(Array.from({ length: 300 }, (_, i) => enrolled(`p${i}`, `p${i}`, 4)).flat());
  await world.publish();
  return { gallery, parts: dependencies };
}

const ALL = { result: 'applied', serial: 2, segments: 16, put: 300, removed: 0, leftOut: [] };

test('a disk that is too full for the database keeps the old gallery in use, says so, and the next cycle takes the new one', async (t) => {
  const disk = await smallDisk(t);
  if (disk === undefined) return t.skip('mounting a small file system needs root');
  const elsewhere = await mkdtemp(path.join(tmpdir(), 'twinstile-kept-'));
  t.after(() => rm(elsewhere, { recursive: true }));
  const { gallery, parts: dependencies } = await boxOn(t, { database: disk, kept: elsewhere });
  const makeRoom = await fill(disk);
  for (let cycle = 1; cycle <= 3; cycle += 1)
    await assert.rejects(syncGallery(dependencies), (error) => {
      assert.ok(error instanceof TwinstileError, String(error));
      assert.equal(error.code, 'gallery-unusable', error.message);
      assert.match(error.message, /got a full disk/);
      assert.match(error.hint ?? '', /Free some space/);
      return true;
    });
  const served = await gallery.snapshot(DIGEST, DIMENSION);
  assert.deepEqual([...served.people.keys()], ['ada'], 'the old gallery serves on');
  assert.equal((await dependencies.gallery.applied())?.serial, 1);
  await makeRoom();
  assert.deepEqual(await syncGallery(dependencies), ALL);
  assert.equal((await gallery.snapshot(DIGEST, DIMENSION)).people.size, 301);
});

test('a disk that is too full to keep downloads does not keep the gallery from coming in', async (t) => {
  const disk = await smallDisk(t);
  if (disk === undefined) return t.skip('mounting a small file system needs root');
  const elsewhere = await mkdtemp(path.join(tmpdir(), 'twinstile-box-'));
  t.after(() => rm(elsewhere, { recursive: true }));
  const { parts } = await boxOn(t, { database: elsewhere, kept: disk });
  await fill(disk);
  assert.deepEqual(await syncGallery(parts), ALL);
});

test('a folder for downloads that may not be written is said with what to do', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-kept-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(path.join(folder, 'kept'), 'a file');
  await assert.rejects(
    blobFolder(path.join(folder, 'kept')).put('a'.repeat(64), Buffer.alloc(1)),
    (error) =>
      error instanceof TwinstileError && error.code === 'gallery-unusable' && error.hint !== undefined,
  );
});
