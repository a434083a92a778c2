import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { wallTime } from '../../../../src/base/units.js';
import { canonicalJson, FIRST_LINK, hashOf } from '../../../../src/records/journal/chain.js';
import { type Database, openDatabase } from '../../../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../../../src/records/sql/sqlite/sqlite-journal.js';
import { journalContract } from '../../../contracts/journal.js';
import { sameFields } from '../../../support/same-fields.js';
import { scratchFolder } from './scratch.js';

const newFile = await scratchFolder();
const databases: Database[] = [];
after(() => Promise.all(databases.map((database) => database.close())));

async function open(file: string, outboxBytes?: number) {
  const database = await openDatabase(file);
  databases.push(database);
  const journal = openJournal(database, outboxBytes);
  return { database, journal, outbox: journal };
}

for (const [name, file] of [
  ['SQLite on a disk', newFile],
  ['SQLite in memory', () => ':memory:'],
] as const)
  journalContract(
    name,
    () => open(file()),
    (bytes) => open(file(), bytes),
  );

/** Ten rows of decisions. */
async function written() {
  const opened = await open(newFile());
  for (let n = 1; n <= 10; n += 1)
    await opened.journal.append({
      kind: 'decision',
      subject: `d${n}`,
      at: wallTime(1_790_000_000_000 + n),
      body: { verdict: 'granted', person: 'ada' },
    });
  return opened;
}

for (const [what, sql, firstBroken] of [
  ['a verdict was changed', `UPDATE journal SET body = replace(body, 'granted', 'held') WHERE seq = 4`, 4],
  [
    'a person was changed and the spelling kept',
    `UPDATE journal SET personal = replace(personal, 'ada', 'bob') WHERE seq = 7`,
    7,
  ],
  [
    'a person was taken for another with a salt of its own',
    `UPDATE journal SET seal = replace(seal, substr(seal, 1, 8), '00000000') WHERE seq = 7`,
    7,
  ],
  ['a time was changed', 'UPDATE journal SET at_ms = at_ms + 1 WHERE seq = 2', 2],
  ['a row was taken out of the middle', 'DELETE FROM journal WHERE seq = 5', 5],
  ['the first row was taken out', 'DELETE FROM journal WHERE seq = 1', 1],
  ['the last rows were taken out', 'DELETE FROM journal WHERE seq > 8', 9],
  ['all rows were taken out', 'DELETE FROM journal', 1],
  [
    'a row was taken out and the rest moved up',
    'DELETE FROM journal WHERE seq = 5; UPDATE journal SET seq = seq - 1 WHERE seq > 5',
    5,
  ],
  [
    'two rows changed places',
    'UPDATE journal SET seq = 99 WHERE seq = 3; UPDATE journal SET seq = 3 WHERE seq = 4; UPDATE journal SET seq = 4 WHERE seq = 99',
    3,
  ],
  ['a hash was changed', `UPDATE journal SET hash = '${'0'.repeat(64)}' WHERE seq = 10`, 10],
] as const)
  test(`verify notices that ${what}`, async () => {
    const { database, journal } = await written();
    sameFields(await journal.verify(), { rows: 10 });
    await database.write(async (tables) => {
      for (const statement of sql.split(';')) assert.ok((await tables.run(statement)) > 0);
    });
    sameFields(await journal.verify(), { rows: firstBroken - 1, firstBroken });
  });

test('what was cut off the end stays a gap when rows are appended afterwards', async () => {
  const { database, journal } = await written();
  await database.write((sql) => sql.run('DELETE FROM journal WHERE seq > 8'));
  for (const subject of ['d11', 'd12'])
    await journal.append({ kind: 'decision', subject, at: wallTime(1), body: {} });
  sameFields(await journal.verify(), { rows: 8, firstBroken: 9 });
});

test('a row and its message are written both or not at all', async () => {
  const { database, journal, outbox } = await written();
  await database.write((sql) => sql.run('DROP TABLE outbox'));
  const entry = { kind: 'decision', subject: 'd11', at: wallTime(1), body: {} } as const;
  await assert.rejects(journal.append(entry, { id: 'm1', topic: 't', payload: '{}' }));
  assert.equal((await journal.list({ limit: 1 }))[0]?.subject, 'd10');
  await assert.rejects(outbox.pending(1));
});

test('journal and outbox are there again after the database was closed', async () => {
  const file = newFile();
  const first = await open(file);
  const entry = { kind: 'decision', subject: 'd1', at: wallTime(1.6), body: { a: 1 } } as const;
  const row = await first.journal.append(entry, { id: 'm1', topic: 't', payload: '{}' });
  await first.database.close();
  const second = await open(file);
  sameFields(await second.journal.walk(0, 9), [row]);
  assert.equal(row.at, 2);
  assert.equal((await second.journal.append({ ...entry, subject: 'd2' })).seq, 2);
  sameFields(await second.journal.verify(), { rows: 2 });
  sameFields(await second.outbox.pending(9), [{ id: 'm1', topic: 't', payload: '{}' }]);
});

test('what is hashed is what the documentation says', () => {
  const body = canonicalJson({ b: { 10: 'x', 9: ['ä', 1e-7, null] }, a: undefined });
  assert.equal(body, '{"b":{"10":"x","9":["ä",1e-7,null]}}');
  // printf '%s\n{"at":5,"body":{},"kind":"decision","seq":1,"subject":"d1"}' 000…0 | sha256sum
  assert.equal(
    hashOf(FIRST_LINK, { seq: 1, kind: 'decision', subject: 'd1', at: 5, body: '{}', seal: null }),
    'b1a04d527b24e01adaa8b1620ccba6b1e6cdd7b44464dea2658b6f4ed264b3f9',
  );
});
