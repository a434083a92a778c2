import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../../../src/adapters/sqlite/database.js';
import { openFleetGallery } from '../../../src/adapters/sqlite/fleet-gallery.js';
import { openGallery } from '../../../src/tables/gallery.js';
import { DIGEST, DIMENSION, enrolled, fleetWorld } from '../../fixtures/fleet-world.js';

const KILLS = Number(process.env.TWINSTILE_KILLS ?? 20);
const PEOPLE = 60;
const syncer = fileURLToPath(new URL('../../fixtures/fleet-syncer.ts', import.meta.url));

/** Opening checks every page. @returns of everything that matters, and which version it says it is. */
async function stateOf(file: string) {
  const database = await openDatabase(file);
  const gallery = await openGallery(database, Buffer.alloc(32, 9));
  const fleet = await openFleetGallery(database, Buffer.alloc(32, 9));
  const { owners, matrix } = await gallery.snapshot(DIGEST, DIMENSION);
  const people = (await gallery.list()).map(({ person, badges }) => [person.id, person.name, badges]);
  const digest = createHash('sha256')
    .update(JSON.stringify([people, owners]))
    .update(Buffer.from(matrix.buffer))
    .digest('hex');
  const serial = (await fleet.applied())?.serial ?? 0;
  await gallery.close();
  await database.close();
  return { digest, serial };
}

test(`after each of ${KILLS} kill -9 during sync it is the old gallery or the new one, by digest`, {
  timeout: KILLS * 20_000,
}, async () => {
  const world = await fleetWorld();
  const box = await world.device('gate-1');
  const whole = await world.device('reference');
  const { identity } = box;
  const file = path.join(world.folder, 'victim', 'twinstile.db');
  const right = new Map([[0, (await stateOf(path.join(world.folder, 'none', 'twinstile.db'))).digest]]);
  let interrupted = 0;
  let last = 0;
  for (let kill = 1; kill <= KILLS; kill += 1) {
    await world.registrar.apply(
      Array.from({ length: PEOPLE }, (_, i) => enrolled(`p${i}`, `round ${kill}`)).flat(),
    );
    const { serial } = await world.publish();
    await whole.sync();
    right.set(serial, (await stateOf(whole.file)).digest);
    const order = JSON.stringify({
      file,
      identity,
      kept: path.join(world.folder, 'victim', 'kept'),
      out: world.places.out,
      seedRoot: world.seedRoot.toString('base64'),
      now: world.now(),
    });
    const child = spawn(process.execPath, ['--import', 'tsx', syncer, order], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await once(child.stdout, 'data');
    await pause(Math.random() * 150);
    child.kill('SIGKILL');
    await once(child, 'close');
    if (!text.includes('applied')) interrupted += 1;
    const state = await stateOf(file);
    assert.ok(
      state.serial === serial || state.serial === last,
      `version ${state.serial} after ${last}, of ${serial}`,
    );
    assert.equal(state.digest, right.get(state.serial), `version ${state.serial} is not what was published`);
    last = state.serial;
  }
  assert.ok(interrupted > 0, 'no cycle was cut off: the test shows nothing');
});
