import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openFleetGallery } from '../../../src/fleet/sqlite/fleet-gallery.js';
import { openGallery } from '../../../src/records/people/sql-gallery.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { bundled } from '../../chaos/bundle.js';
import type { SyncerWorld } from '../../chaos/programs/syncer.js';
import { actsOfTest } from '../../fixtures/acts.js';
import { DIGEST, DIMENSION, enrolled, fleetWorld, vectorFor } from '../../fixtures/fleet-world.js';

const KILLS = Number(process.env.TWINSTILE_KILLS ?? 200);
const PEOPLE = 60;
/** Loaded and waiting: a process takes longer to start than to sync. */
const READY = 2;

const names = Array.from({ length: PEOPLE }, (_, i) => `p${i}`).sort();
const digestOf = (content: unknown, matrix: Float32Array): string =>
  createHash('sha256').update(JSON.stringify(content)).update(Buffer.from(matrix.buffer)).digest('hex');

/** What a box must have of the version in which everybody is called so; undefined: before the first. */
function rightOf(round: string | undefined): string {
  const people = round === undefined ? [] : names;
  const matrix = Float32Array.from(people.flatMap((id) => [...vectorFor(`${id} ${round} 0`)]));
  return digestOf([people.map((id) => [id, round, [`b-${id}`]]), people], matrix);
}

/** Opening checks every page. @returns of everything that matters, and which version it says it is. */
async function stateOf(file: string) {
  const database = await openDatabase(file);
  const gallery = await openGallery(database, Buffer.alloc(32, 9));
  const fleet = await openFleetGallery(database, Buffer.alloc(32, 9), actsOfTest);
  const { owners, matrix } = await gallery.snapshot(DIGEST, DIMENSION);
  const people = (await gallery.list()).map(({ person, badges }) => [person.id, person.name, badges]);
  const serial = (await fleet.applied())?.serial ?? 0;
  await gallery.close();
  await database.close();
  return { digest: digestOf([people, owners], matrix), serial };
}

/** A cycle in a process that is killed some time after it began. @returns how long it took, when it was not cut off. */
async function killedCycle(
  child: ChildProcessByStdio<Writable, Readable, null>,
  world: SyncerWorld,
  after: number,
): Promise<number | undefined> {
  let ended: number | undefined;
  let start = Number.POSITIVE_INFINITY;
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    if (text === '') start = performance.now();
    text += chunk;
    if (/applied|unchanged/.test(text)) ended ??= performance.now() - start;
  });
  child.stdin.write(`${JSON.stringify(world)}\n`);
  await Promise.race([once(child.stdout, 'data'), once(child, 'close')]);
  await pause(after);
  child.kill('SIGKILL');
  await (child.signalCode === null && child.exitCode === null ? once(child, 'close') : undefined);
  assert.doesNotMatch(text, /failed/);
  return ended;
}

test(`after each of ${KILLS} kill -9 during sync it is the old gallery or the new one, by digest`, {
  timeout: 60_000 + KILLS * 5000,
}, async (t) => {
  const program = await bundled(t, 'syncer');
  const start = () => spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ready = Array.from({ length: READY }, start);
  t.after(() => {
    for (const child of ready) child.kill('SIGKILL');
  });
  const world = await fleetWorld();
  const { identity } = await world.device('gate-1');
  const file = path.join(world.folder, 'victim', 'twinstile.db');
  const right = new Map([[0, rightOf(undefined)]]);
  const sum = { interrupted: 0, ended: 0, versions: 0 };
  let [newest, last] = [0, 0];
  // Of one cycle, in ms; learnt from those that were not cut off.
  let typical = 400;
  for (let kill = 1; kill <= KILLS; kill += 1) {
    if (last === newest) {
      sum.versions += 1;
      const round = `round ${sum.versions}`;
      await world.registrar.apply(names.flatMap((id) => enrolled(id, round)));
      newest = (await world.publish()).serial;
      right.set(newest, rightOf(round));
    }
    ready.push(start());
    const child = ready.shift();
    assert.ok(child);
    const order = {
      file,
      identity,
      kept: path.join(world.folder, 'victim', 'kept'),
      out: world.places.out,
      seedRoot: world.seedRoot.toString('base64'),
      now: world.now(),
    };
    const took = await killedCycle(child, order, Math.random() * typical * 1.2);
    if (took === undefined) {
      sum.interrupted += 1;
      // A machine that has become slower would only ever be cut off at the beginning.
      typical = Math.min(2000, typical * 1.05);
    } else {
      sum.ended += 1;
      typical = 0.8 * typical + 0.2 * Math.max(5, took);
    }
    const state = await stateOf(file);
    assert.ok(
      state.serial === newest || state.serial === last,
      `version ${state.serial} after ${last}, of ${newest}`,
    );
    assert.equal(state.digest, right.get(state.serial), `version ${state.serial} is not what was published`);
    last = state.serial;
    // A run of hours that says nothing cannot be told from one that hangs.
    if (kill % 100 === 0) process.stderr.write(`${kill} ${JSON.stringify(sum)}\n`);
  }
  t.diagnostic(`${JSON.stringify({ ...sum, typical_ms: Math.round(typical) })}`);
  assert.ok(sum.interrupted > 0, 'no cycle was cut off: the test shows nothing');
  assert.ok(sum.versions > 1, 'no version was ever taken: the test shows nothing');
});
