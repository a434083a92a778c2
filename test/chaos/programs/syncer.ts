/**
 * One device that syncs when it is told to, and says how it went. Its whole world comes as JSON in one line on stdin, so
 * that a process can wait for it, loaded and ready, while the one before is killed.
 */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { TwinstileError } from '../../../src/base/errors.js';
import { modelDigest } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import { openerOf } from '../../../src/fleet/repository/age.js';
import { blobFolder } from '../../../src/fleet/repository/blob-folder.js';
import { folderSource } from '../../../src/fleet/repository/open-source.js';
import { openFleetGallery } from '../../../src/fleet/sqlite/fleet-gallery.js';
import { syncGallery } from '../../../src/fleet/sync/sync-gallery.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { actsOfTest } from '../../fixtures/acts.js';

export interface SyncerWorld {
  readonly file: string;
  readonly kept: string;
  readonly out: string;
  /** Base 64. */
  readonly seedRoot: string;
  readonly identity: string;
  readonly now: number;
}

const say = (word: string): void => void writeSync(1, `${word}\n`);

async function cycle(world: SyncerWorld): Promise<void> {
  say('go');
  const database = await openDatabase(world.file);
  const { result } = await syncGallery({
    source: folderSource(world.out),
    gallery: await openFleetGallery(database, Buffer.alloc(32, 9), actsOfTest),
    kept: blobFolder(world.kept),
    site: 'hq',
    seedRoot: Buffer.from(world.seedRoot, 'base64'),
    device: openerOf(world.identity),
    openerOf,
    own: { digest: modelDigest('d'.repeat(64)), dimension: 8, isUnit: true },
    clock: () => wallTime(world.now),
  });
  say(result);
  await database.close();
}

const lines = createInterface({ input: process.stdin });
lines.once('line', (line) => {
  lines.close();
  cycle(JSON.parse(line) as SyncerWorld).catch((error: unknown) => {
    say(`failed ${error instanceof TwinstileError ? `${error.code} ${error.message}` : String(error)}`);
    process.exitCode = 1;
  });
});
