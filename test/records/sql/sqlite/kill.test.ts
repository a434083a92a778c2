import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { modelDigest } from '../../../../src/base/ids.js';
import { openGallery } from '../../../../src/records/people/sql-gallery.js';
import { openDatabase } from '../../../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../../../src/records/sql/sqlite/sqlite-journal.js';
import { scratchFolder } from './scratch.js';

const KILLS = 20;
const newFile = await scratchFolder();
const writer = fileURLToPath(new URL('../../../fixtures/gallery-writer.ts', import.meta.url));

/** @returns the last round that the writer called durable before it was killed. */
async function writeUntilKilled(file: string, after: number): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', writer, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(child.stdout, 'data');
  await pause(after);
  child.kill('SIGKILL');
  await once(child, 'close');
  return Number(text.trimEnd().split('\n').at(-1));
}

/** Opening checks every page. */
async function stateOf(file: string) {
  const database = await openDatabase(file);
  const gallery = await openGallery(database, Buffer.alloc(32, 1));
  const journal = openJournal(database);
  const people = (await gallery.list()).map(
    ({ person, templates }) => `${person.id} ${person.name} ${templates.length}`,
  );
  const { owners, matrix } = await gallery.snapshot(modelDigest('d'.repeat(64)), 128);
  const state = {
    people,
    owners,
    numbers: [...new Set(matrix)],
    version: await gallery.version(),
    chain: await journal.verify(),
    messages: (await journal.pending(100_000)).length,
  };
  await gallery.close();
  await database.close();
  return state;
}

test(`after each of ${KILLS} kill -9 the file opens clean and holds the old state or the new`, {
  timeout: 120_000,
}, async () => {
  const file = newFile();
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const durable = await writeUntilKilled(file, Math.random() * 60);
    const { people, owners, numbers, version, chain, messages } = await stateOf(file);
    const [round] = numbers;
    assert.ok(round === durable || round === durable + 1, `round ${round} after ${durable} was durable`);
    assert.deepEqual(people, [`ada ${round} 1`, `bob ${round} 1`]);
    assert.deepEqual(owners, ['ada', 'bob']);
    assert.equal(numbers.length, 1);
    assert.equal(version, round);
    // A kill between the two transactions leaves a round without its row.
    assert.equal(chain.firstBroken, undefined);
    assert.ok(chain.rows <= round && chain.rows >= durable - kill, `${chain.rows} rows in round ${round}`);
    assert.equal(messages, chain.rows);
  }
});
