/** A file system of 384 KiB that is full to the last byte, again and again, under a lane that works. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { TwinstileError } from '../../../src/base/errors.js';
import { wallTime } from '../../../src/base/units.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../../src/records/sql/sqlite/sqlite-journal.js';
import { face, laneWorld, showFor } from '../../lane/lane-world.js';
import { until } from '../../until.js';
import { faultsOf } from '../check-database.js';
import type { Row } from '../row.js';
import type { Scope } from '../scope.js';

const run = promisify(execFile);
const SIZE = 384 * 1024;

export const diskFull: Row = {
  name: 'disk-full',
  claim:
    'on a full disk no gate opens, refusals and state go on, nothing that was acknowledged is lost, and everything heals by itself',
  short: 3,
  long: 40,
  async run({ n, folder, scope }) {
    const disk = path.join(folder, 'disk');
    await mkdir(disk);
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', disk]);
    } catch {
      return { skipped: 'mounting a small file system needs root' };
    }
    scope.after(() => run('umount', ['-l', disk]));
    const failures: string[] = [];
    for (let trial = 0; trial < n; trial += 1)
      failures.push(...(await fillOnce(scope, disk, path.join(disk, `${trial}.db`))));
    return { n, failures };
  },
};

async function fillOnce(scope: Scope, disk: string, file: string): Promise<readonly string[]> {
  const failures: string[] = [];
  // Made elsewhere: its making takes more room than its use.
  const elsewhere = path.join(disk, '..', 'made', 'twinstile.db');
  await (await openDatabase(elsewhere)).close();
  await copyFile(elsewhere, file);
  await rm(elsewhere);
  const database = await openDatabase(file);
  const journal = openJournal(database);
  const durable: { seq: number; hash: string }[] = [];
  const world = await laneWorld(scope, {
    parts: {
      journal: {
        ...journal,
        append: async (entry, message) => {
          const row = await journal.append(entry, message);
          durable.push(row);
          return row;
        },
      },
    },
  });
  const stop = async () => {
    world.stop.abort();
    await world.served;
    await database.close();
  };
  try {
    await fill(disk, journal, durable);
    await showFor(world, 700, [face('ada')]);
    if (world.opened.length > 0) failures.push('a gate opened that could not be written down');
    await until(() => world.states.at(-1)?.degraded.includes('journal-failing') === true, 'degraded').catch(
      () => failures.push('the state does not say that the journal fails'),
    );
    // A stranger is refused all the same, and it is told.
    await showFor(world, 2200, [face('eve')]);
    if (!world.said().some((line) => line.startsWith('refused'))) failures.push('refusals stopped');
    await rm(path.join(disk, 'filler'));
    const end = performance.now() + 8000;
    while (world.opened.length === 0 && performance.now() < end) await showFor(world, 300, [face('bob')]);
    if (world.opened.length === 0) failures.push(`did not heal: ${world.said().join(', ')}`);
    await until(() => world.states.at(-1)?.degraded.includes('journal-failing') === false, 'healed').catch(
      () => failures.push('the state still says that the journal fails'),
    );
  } finally {
    await stop();
  }
  failures.push(...(await faultsOf(file, durable)));
  for (const end of ['', '-wal', '-shm']) await rm(file + end, { force: true });
  return failures;
}

/** Until nothing more goes in: a file first, then the pages that the database still has to spare. */
async function fill(
  disk: string,
  journal: ReturnType<typeof openJournal>,
  durable: { seq: number; hash: string }[],
): Promise<void> {
  const { bavail, bsize } = await statfs(disk);
  await writeFile(path.join(disk, 'filler'), Buffer.alloc(bavail * bsize));
  for (let row = 0; row < 500; row += 1)
    try {
      const body = { verdict: 'refused', filler: 'x'.repeat(2000) };
      durable.push(await journal.append({ kind: 'decision', subject: `f-${row}`, at: wallTime(row), body }));
    } catch (error) {
      if (error instanceof TwinstileError && error.code === 'gallery-unusable') return;
      throw error;
    }
  throw new Error('Expected a full disk, got room for everything.');
}
