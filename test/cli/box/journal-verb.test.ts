import assert from 'node:assert/strict';
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { personId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import { backupCommand } from '../../../src/cli/box/backup-verb.js';
import { journalCommand } from '../../../src/cli/box/journal-verb.js';
import { peopleCommand } from '../../../src/cli/people/people-verb.js';
import { forgetJournalBefore } from '../../../src/records/erasure/forget-people.js';
import { FIRST_LINK, hashOf } from '../../../src/records/journal/chain.js';
import { connect } from '../../../src/records/sql/sqlite/sqlite-connection.js';
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

test('verify ends with 4 and names the row when one was changed', async (t) => {
  const { run, folder } = await written(t);
  const good = await run('verify');
  assert.match(good.text, /^All 3 rows .*\nSigned by the box.*\nNewest: 3, hash [0-9a-f]{64}$/);
  assert.equal(good.exitCode, 0);
  const database = await openDatabase(path.join(folder, 'data/twinstile.db'));
  await database.write((sql) => sql.run("UPDATE journal SET body = '{}' WHERE seq = 2"));
  await database.close();
  const bad = await run('verify');
  assert.match(bad.text, /^Row 2 was changed or taken out/);
  assert.equal(bad.exitCode, 4);
});

/** A box whose journal of ten decisions is signed up to its newest row. */
async function signedBox(t: TestContext) {
  const office = await officeFor(t);
  const { folder, config, world: dependencies, run, inside } = office;
  await inside(async ({ gallery, journal }) => {
    for (const id of ['ada', 'bob'])
      await gallery.apply([{ kind: 'put-person', person: { id: personId(id), name: id } }]);
    for (let n = 1; n <= 8; n += 1)
      await journal.append({
        kind: 'decision',
        subject: `d${n}`,
        at: wallTime(n),
        body: { verdict: 'granted', person: n % 2 === 0 ? 'ada' : 'bob' },
      });
  });
  const file = path.join(folder, 'data/twinstile.db');
  /** As somebody does who may write to the file, and has no key. */
  const tamper = async (...statements: readonly string[]) => {
    const connection = await connect(file);
    for (const sql of statements) await connection.script(sql);
    await connection.close();
  };
  const verify = (...args: string[]) =>
    run(journalCommand(dependencies), 'verify', ...args, '--config', config);
  return { ...office, file, tamper, verify };
}

/** Makes the whole chain anew, which takes no key. */
async function recompute(file: string): Promise<void> {
  const database = await openDatabase(file);
  await database.write(async (sql) => {
    let previous = FIRST_LINK;
    const rows = await sql.all<Parameters<typeof hashOf>[1]>(
      'SELECT seq, kind, subject, at_ms AS at, body, seal FROM journal ORDER BY seq',
    );
    for (const row of rows) {
      previous = hashOf(previous, row);
      await sql.run('UPDATE journal SET hash = ? WHERE seq = ?', previous, row.seq);
    }
  });
  await database.close();
}

test('verify finds the rows of an untouched journal, up to the head that the box signed', async (t) => {
  const { verify } = await signedBox(t);
  const { text, exitCode } = await verify();
  assert.match(text, /^All 10 rows are there and unchanged\.$/m);
  assert.match(text, /^Signed by the box: up to row 10, /m);
  assert.equal(exitCode, 0);
});

for (const [what, statements, isRecomputed, found] of [
  [
    'the tail was cut and the sequence set back',
    ['DELETE FROM journal WHERE seq > 7', `UPDATE sqlite_sequence SET seq = 7 WHERE name = 'journal'`],
    false,
    /Row 10, which the box signed on .* is not in the chain/,
  ],
  [
    'a row was rewritten and the chain recomputed',
    [`UPDATE journal SET body = replace(body, 'granted', 'refused') WHERE seq = 5`],
    true,
    /Row 10, which the box signed on .* is not in the chain/,
  ],
  [
    'all rows were taken out and the sequence set back',
    ['DELETE FROM journal', `DELETE FROM sqlite_sequence WHERE name = 'journal'`],
    false,
    /Row 10, which the box signed/,
  ],
  [
    'who it was was removed by one UPDATE',
    ['UPDATE journal SET personal = NULL, salt = NULL WHERE seq = 6'],
    false,
    /1 row no longer says whom it was about, and no retention and no erasure/,
  ],
  [
    'who it was was removed from all rows',
    ['UPDATE journal SET personal = NULL, salt = NULL'],
    false,
    /10 rows no longer say whom/,
  ],
] as const)
  test(`verify finds that ${what}, and that is not signed away by later commands`, async (t) => {
    const { verify, tamper, file, run, world, config } = await signedBox(t);
    await tamper(...statements);
    if (isRecomputed) await recompute(file);
    const first = await verify();
    assert.match(first.text, found);
    assert.equal(first.exitCode, 4);
    // A command that writes signs a new head, and it keeps saying what was lost.
    await run(peopleCommand(world), 'consent', 'bob', '--text', '1', '--config', config);
    const later = await verify();
    assert.match(later.text, found);
    assert.equal(later.exitCode, 4);
  });

test('a row that forgot is covered by the retention or the erasure in the chain, and one more is not', async (t) => {
  const { verify, tamper, file, run, world, config } = await signedBox(t);
  const database = await openDatabase(file);
  assert.equal(await forgetJournalBefore(database, wallTime(4), wallTime(Date.now())), 3);
  await database.close();
  await run(peopleCommand(world), 'erase', 'ada', '--yes', '--config', config);
  const right = await verify();
  assert.match(
    right.text,
    /^All 14 rows are there[\s\S]*Of 7 of them the person was deleted, as the chain allows/m,
  );
  assert.equal(right.exitCode, 0);
  await tamper(
    `UPDATE journal SET personal = NULL, salt = NULL WHERE personal IS NOT NULL AND kind = 'decision' AND seq = 7`,
  );
  const wrong = await verify();
  assert.match(wrong.text, /1 row no longer says whom it was about/);
  assert.equal(wrong.exitCode, 4);
});

test('verify --head finds what a head kept elsewhere proves, although the one beside the key is gone or forged', async (t) => {
  const { verify, tamper, folder } = await signedBox(t);
  const own = path.join(folder, 'data/journal-head.json');
  const elsewhere = path.join(folder, 'head.json');
  // As it is published: within a health message.
  await writeFile(elsewhere, JSON.stringify({ v: 1, journal: JSON.parse(await readFile(own, 'utf8')) }));
  assert.equal((await verify('--head', elsewhere)).exitCode, 0);
  await tamper(
    'DELETE FROM journal WHERE seq > 7',
    `UPDATE sqlite_sequence SET seq = 7 WHERE name = 'journal'`,
  );
  await writeFile(own, (await readFile(own, 'utf8')).replace('"seq": 10', '"seq": 7'));
  assert.match((await verify()).text, /is not genuine: it was changed/);
  await rm(own);
  const unproven = await verify();
  assert.match(unproven.text, /^No signed head is known.*would look the same/);
  assert.equal(unproven.exitCode, 4, 'whoever cuts the journal off can remove the file as well');
  const found = await verify('--head', elsewhere);
  assert.match(found.text, /Row 10, which the box signed/);
  assert.equal(found.exitCode, 4);
  await writeFile(elsewhere, '{"v":1}');
  await assert.rejects(verify('--head', elsewhere), { code: 'journal-broken' });
});

test('a backup that was put back by hand is found, and one that was put back by `backup restore` is told with who did it', async (t) => {
  const { verify, file, run, world, config, folder, inside } = await signedBox(t);
  await run(backupCommand(world), 'now', '--config', config);
  const [name = ''] = await readdir(path.join(folder, 'data/backups'));
  const backup = path.join(folder, 'data/backups', name);
  await run(peopleCommand(world), 'consent', 'bob', '--text', '1', '--config', config);
  for (const end of ['-wal', '-shm']) await rm(file + end, { force: true });
  await copyFile(backup, file);
  const byHand = await verify();
  assert.match(byHand.text, /Row 11, which the box signed .* twinstile backup restore/);
  assert.equal(byHand.exitCode, 4);

  const restore = (...args: string[]) =>
    run(backupCommand(world), 'restore', backup, ...args, '--config', config);
  await assert.rejects(restore(), { code: 'bad-arguments', message: /--yes/ });
  assert.match((await restore('--yes')).text, /is the backup now\. Restart the service/);
  const told = await verify();
  assert.equal(told.exitCode, 0, told.text);
  const acts = await inside(({ journal }) => journal.list({ limit: 1, kind: 'act' }));
  assert.deepEqual(
    [acts[0]?.body.act, acts[0]?.body.lost_seq, acts[0]?.body.backup],
    ['database-restored', 11, name],
  );
  assert.match(String(acts[0]?.body.by), /^unix:/);
});
