import assert from 'node:assert/strict';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { journalCommand } from '../../../src/cli/box/journal-verb.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { NOW, officeFor } from '../office.js';

async function written(t: TestContext) {
  const office = await officeFor(t);
  await office.inside(async ({ journal }) => {
    for (let n = 1; n <= 3; n += 1)
      await journal.append({
        kind: n === 2 ? 'outcome' : 'decision',
        subject: `d${n}`,
        at: NOW,
        body: { verdict: 'refused', frames: n },
      });
  });
  const run = (...args: string[]) => office.run(journalCommand(office.world), ...args, '-c', office.config);
  return { ...office, run };
}

test('list shows the newest rows first', async (t) => {
  const { run } = await written(t);
  const { text } = await run('list', '--limit', '2');
  assert.match(text, /^3 {2}2026-06-01 .* {2}decision {2}d3 {2}frames=3 verdict=refused\n2 {2}/);
  assert.equal(text.split('\n').length, 2);
  const rows = JSON.parse((await run('list', '--json', '--kind', 'decision', '--before', '3')).text);
  assert.deepEqual(
    rows.map(({ seq }: { readonly seq: number }) => seq),
    [1],
  );
});

test('export gives one row a line, oldest first, with its hash', async (t) => {
  const { run } = await written(t);
  const rows = (await run('export', '--after', '1')).text.split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(
    rows.map(({ seq, subject, hash }) => [seq, subject, hash.length]),
    [
      [2, 'd2', 64],
      [3, 'd3', 64],
    ],
  );
});

test('verify ends with 1 and names the row when one was changed', async (t) => {
  const { run, folder } = await written(t);
  const good = await run('verify');
  assert.match(good.text, /^All 3 rows .*\nSigned by the box.*\nNewest: 3, hash [0-9a-f]{64}$/);
  assert.equal(good.exitCode, 0);
  const database = await openDatabase(path.join(folder, 'data/twinstile.db'));
  await database.write((sql) => sql.run("UPDATE journal SET body = '{}' WHERE seq = 2"));
  await database.close();
  const bad = await run('verify');
  assert.match(bad.text, /^Row 2 was changed or taken out/);
  assert.equal(bad.exitCode, 1);
});
