import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wallTime } from '../../../src/base/units.js';
import { openPublishSource } from '../../../src/fleet/publish/publish-source.js';
import { revokeAtRegistrar } from '../../../src/fleet/publish/revoked.js';
import { forgetJournalBefore, forgetPeople } from '../../../src/records/erasure/forget-people.js';
import { canonicalJson, FIRST_LINK, hashOf } from '../../../src/records/journal/chain.js';
import { bytesOf } from '../../../src/records/people/aes-gcm.js';
import { actsOfTest } from '../../fixtures/acts.js';
import { sameFields } from '../../support/same-fields.js';
import { ada, BADGE, bob, KEY, NAME, peopled, VECTOR, wordsIn } from '../sql/sqlite/people.js';
import { scratchFolder } from '../sql/sqlite/scratch.js';

const newFile = await scratchFolder();
const NOW = wallTime(9000);

test('whoever is forgotten is in no table, no free page and no log, and the chain still verifies', async () => {
  const file = newFile();
  const { database, gallery, journal } = await peopled(file);
  // Changed a few times: old versions of a row lie about in free pages.
  for (let n = 0; n < 20; n += 1)
    await gallery.apply([{ kind: 'put-person', person: { id: ada, name: `${NAME} ${'x'.repeat(n * 5)}` } }]);
  assert.ok((await wordsIn(file, [NAME, ada])).length >= 2, 'it was there');
  const forgotten = await forgetPeople(database, [ada], NOW);
  sameFields(forgotten, {
    people: 1,
    templates: 1,
    badges: 1,
    journalRows: 2,
    messages: 1,
    tombstones: 1,
    left: [],
  });
  sameFields(await wordsIn(file, [NAME, 'Augusta', ada, BADGE]), []);
  sameFields(await journal.verify(), { rows: 4, forgotten: 2 });
  sameFields(
    (await journal.walk(0, 3)).map(({ body }) => body),
    [
      { verdict: 'granted', frames: 3 },
      { verdict: 'granted', person: bob, frames: 3 },
      { verdict: 'refused' },
    ],
  );
  await database.close();
});

test('what waits for the broker goes out without the person, and is counted right', async () => {
  const { database, journal } = await peopled(newFile());
  await forgetPeople(database, [ada], NOW);
  const [about, other] = await journal.pending(9);
  sameFields(JSON.parse(about?.payload ?? ''), { v: 1, verdict: 'granted', frames: 3 });
  assert.match(other?.payload ?? '', /bob/);
  const bytes = await database.read((sql) =>
    sql.one<{ bytes: number; sum: number }>(
      'SELECT bytes, (SELECT sum(length(id || topic || payload)) FROM outbox) AS sum FROM outbox_state',
    ),
  );
  assert.equal(bytes?.bytes, bytes?.sum);
  await database.close();
});

test('an id that a box still needs against an older published gallery is told', async () => {
  const { database } = await peopled(newFile());
  await database.write(async (sql) => {
    await sql.run(`UPDATE fleet_state SET part = 'follows'`);
    await sql.run("INSERT INTO revoked VALUES ('person', ?, 1)", ada);
  });
  sameFields((await forgetPeople(database, [ada], NOW)).left, ['revoked.id']);
  await database.close();
});

test('at the registrar revocations and notes of changes go as well, and their segments are published anew', async () => {
  const file = newFile();
  const { database, gallery } = await peopled(file);
  const source = await openPublishSource(database, KEY);
  const noted = () => source.snapshot(async ({ changes }) => changes.people);
  sameFields(await noted(), []);
  await revokeAtRegistrar(database, [ada], [BADGE], actsOfTest);
  await gallery.apply([{ kind: 'put-person', person: { id: ada, name: 'Ada' } }]);
  sameFields(await noted(), [ada]);
  sameFields((await forgetPeople(database, [ada], NOW)).left, []);
  sameFields(await wordsIn(file, [NAME, ada, BADGE]), []);
  sameFields(await noted(), [bob]);
  await database.close();
});

test('rows before a day lose their person, those after it keep theirs', async () => {
  const file = newFile();
  const { database, journal } = await peopled(file);
  assert.equal(await forgetJournalBefore(database, wallTime(2000), NOW), 2);
  assert.equal(await forgetJournalBefore(database, wallTime(2000), NOW), 0);
  const bodies = (await journal.walk(0, 3)).map(({ body }) => body.person ?? body.badge);
  sameFields(bodies, [undefined, undefined, BADGE]);
  sameFields(await journal.verify(), { rows: 4, forgotten: 2 });
  await database.close();
});

/** Adds rows about Ada behind those of 1000, 1000 and 2000, one for each time. */
async function withRowsOf(times: readonly number[]) {
  const world = await peopled(newFile());
  for (const [index, at] of times.entries())
    await world.journal.append({
      kind: 'decision',
      subject: `later-${index}`,
      at: wallTime(at),
      body: { verdict: 'granted', person: ada },
    });
  /** Which of them still say whom they were about. */
  const kept = async () =>
    (await world.journal.walk(0, 99))
      .filter(({ subject, body }) => subject.startsWith('later-') && body.person !== undefined)
      .map(({ at }) => at as number);
  return { ...world, kept };
}

for (const [name, times, before, now, kept] of [
  ['are forgotten in due time', [2500, 99_000, 99_001, 3000, 8000], 4000, 9000, [8000]],
  ['are kept until then', [2500, 99_000, 99_001, 5000, 8000], 4000, 9000, [99_000, 99_001, 5000, 8000]],
  ['are kept as long as no row behind them says when it was', [2500, 99_000], 4000, 9000, [99_000]],
  [
    'are kept when a clock that lost its time wrote behind them',
    [6000, 99_000, 7],
    4000,
    9000,
    [6000, 99_000],
  ],
  [
    'count as those around them, in each run of such rows',
    [99_000, 2600, 6000, 99_002, 6100],
    4000,
    9000,
    [6000, 99_002, 6100],
  ],
  ['are all kept while the clock has lost its time', [2500, 5000, 8000, 7], -4993, 7, [2500, 5000, 8000, 7]],
] as readonly (readonly [string, readonly number[], number, number, readonly number[]])[])
  test(`rows dated in the future by a clock that was ahead ${name}`, async () => {
    const { database, journal, kept: left } = await withRowsOf(times);
    await forgetJournalBefore(database, wallTime(before), wallTime(now));
    sameFields(await left(), kept);
    assert.equal((await journal.verify()).firstBroken, undefined);
    await database.close();
  });

test('a person written into a row afterwards breaks the chain, forgotten before or not', async () => {
  const { database, journal } = await peopled(newFile());
  await forgetPeople(database, [ada], NOW);
  await database.write((sql) =>
    sql.run(`UPDATE journal SET personal = '{"person":"eve"}', salt = '00' WHERE seq = 1`),
  );
  assert.equal((await journal.verify()).firstBroken, 1);
  await database.close();
});

test('names stand readable in the file, vectors and data keys never do', async () => {
  const file = newFile();
  const { database } = await peopled(file);
  sameFields(await wordsIn(file, [bytesOf(VECTOR), bytesOf(VECTOR.subarray(0, 4))]), []);
  assert.notDeepEqual(await wordsIn(file, [NAME]), []);
  await database.close();
});

/** Three rows as they were written before what is about a person was kept apart: the last two of them about Ada. */
async function withOldRows(file: string) {
  const { database, journal } = await peopled(file);
  const before = await database.write(async (sql) => {
    await sql.run('DELETE FROM journal');
    await sql.run("DELETE FROM sqlite_sequence WHERE name = 'journal'");
    let previous = FIRST_LINK;
    for (const [index, person] of [bob, ada, ada].entries()) {
      const body = canonicalJson({ frames: 3, person, verdict: 'granted' });
      const row = { seq: index + 1, kind: 'decision', subject: `old-${index}`, at: index, body, seal: null };
      previous = hashOf(previous, row);
      await sql.run(
        'INSERT INTO journal (seq, kind, subject, at_ms, body, hash) VALUES (?, ?, ?, ?, ?, ?)',
        row.seq,
        row.kind,
        row.subject,
        row.at,
        body,
        previous,
      );
    }
    return previous;
  });
  sameFields(await journal.verify(), { rows: 3 });
  return { database, journal, before };
}

test('rows from before personal parts were kept apart forget as well, and the chain says where the old one ended', async () => {
  const file = newFile();
  const { database, journal, before } = await withOldRows(file);
  const { journalRows, left } = await forgetPeople(database, [ada], NOW);
  sameFields([journalRows, left], [2, []]);
  sameFields(await wordsIn(file, [ada]), []);
  sameFields(await journal.verify(), { rows: 5, forgotten: 2 });
  const rows = await journal.walk(0, 4);
  sameFields(
    rows.map(({ body }) => body.person ?? body.notice),
    [bob, undefined, undefined, 'journal-sealed'],
  );
  assert.equal(rows[3]?.subject, before);
  await forgetPeople(database, [bob], NOW);
  sameFields(await journal.verify(), { rows: 6, forgotten: 3 }, 'sealed once, told once');
  await database.close();
});

test('retention reaches them, too', async () => {
  const { database, journal } = await withOldRows(newFile());
  assert.equal(await forgetJournalBefore(database, wallTime(2), NOW), 2);
  sameFields(await journal.verify(), { rows: 5, forgotten: 2 });
  await database.close();
});

test('an old chain that is broken is not made to look whole, and the erasure says what it did not reach', async () => {
  const { database, journal } = await withOldRows(newFile());
  await database.write((sql) => sql.run("UPDATE journal SET subject = 'forged' WHERE seq = 1"));
  sameFields((await forgetPeople(database, [ada], NOW)).left, ['journal.body']);
  assert.equal((await journal.verify()).firstBroken, 1);
  await database.close();
});

test('a row that an erasure leaves is there with it, or neither of them', async () => {
  const { database, journal } = await peopled(newFile());
  const entry = { kind: 'notice', subject: 'r', at: wallTime(1), body: { notice: 'erased' } } as const;
  await forgetPeople(database, [ada], NOW, [{ entry }]);
  sameFields((await journal.list({ limit: 1 }))[0]?.body, { notice: 'erased' });
  const impossible = { ...entry, kind: null as unknown as 'notice' };
  await assert.rejects(forgetPeople(database, [bob], NOW, [{ entry: impossible }]), /NOT NULL/);
  const people = await database.read((sql) => sql.all('SELECT id FROM people'));
  sameFields(people, [{ id: bob }]);
  await database.close();
});
