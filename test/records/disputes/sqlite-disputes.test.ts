import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decisionId, laneId, personId } from '../../../src/base/ids.js';
import { falseMatchRate, wallTime } from '../../../src/base/units.js';
import type { Dispute } from '../../../src/records/disputes/dispute.js';
import { openDisputes } from '../../../src/records/disputes/sqlite-disputes.js';
import { openRows } from '../../../src/records/journal/journal-rows.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';

const disputeOf = (id: string, more: Partial<Dispute> = {}): Dispute => ({
  id,
  decision: decisionId(`decision-of-${id}`),
  person: personId('ada'),
  lane: laneId('north'),
  mode: 'identification',
  remedy: { kind: 'bound', rate: falseMatchRate(1e-6) },
  leavesWay: true,
  by: 'operator:guard',
  at: wallTime(1000),
  until: wallTime(5000),
  ...more,
});
const by = (name: string) => ({ actor: { by: name }, now: () => wallTime(1000) });

async function opened() {
  const database = await openDatabase(':memory:');
  await database.write((sql) =>
    sql.run("INSERT INTO people (id, name, wrapped_key) VALUES ('ada', 'Ada', x'00')"),
  );
  const version = async () =>
    (await database.read((sql) => sql.one<{ version: number }>('SELECT version FROM gallery_state')))
      ?.version;
  const acts = async () =>
    (await openRows(database).list({ limit: 20, kind: 'act' })).map(({ body }) => body).reverse();
  return { database, disputes: openDisputes(database), version, acts };
}

test('what was stored comes back, oldest first, until its time is over', async () => {
  const { database, disputes } = await opened();
  const [bound, aside] = [
    disputeOf('d-1'),
    disputeOf('d-2', {
      at: wallTime(2000),
      remedy: { kind: 'set-aside', sources: ['aa', 'bb'] },
      leavesWay: false,
    }),
  ];
  await disputes.add(aside, by('operator:guard'));
  await disputes.add(bound, by('operator:guard'));
  assert.deepEqual(await disputes.list(wallTime(4999)), [bound, aside]);
  assert.deepEqual(await disputes.list(wallTime(5000)), []);
  await database.close();
});

test('each dispute and each undoing is an act with who, and raises the version that lanes look at', async () => {
  const { database, disputes, version, acts } = await opened();
  const before = (await version()) ?? 0;
  await disputes.add(disputeOf('d-1'), by('operator:guard'), { via: 'socket' });
  assert.equal(await version(), before + 1);
  assert.equal((await disputes.undo(['d-1'], by('unix:admin'))).length, 1);
  assert.equal(await version(), before + 2);
  assert.deepEqual(await disputes.list(wallTime(1000)), []);
  const [made, undone] = await acts();
  assert.deepEqual(
    [made?.act, made?.by, made?.person, made?.rate, made?.via, made?.until],
    ['passage-disputed', 'operator:guard', 'ada', 1e-6, 'socket', '1970-01-01T00:00:05.000Z'],
  );
  assert.deepEqual([undone?.act, undone?.by, undone?.dispute], ['dispute-undone', 'unix:admin', 'd-1']);
  await database.close();
});

test('undoing what is not there changes nothing and is no act', async () => {
  const { database, disputes, version, acts } = await opened();
  const before = await version();
  assert.deepEqual(await disputes.undo(['d-9'], by('unix:admin')), []);
  assert.equal(await version(), before);
  assert.deepEqual(await acts(), []);
  await database.close();
});

test('the same claimant about the same decision is one dispute, a second claimant another', async () => {
  const { database, disputes } = await opened();
  const decision = decisionId('decision-1');
  await disputes.add(disputeOf('d-1', { decision }), by('operator:guard'));
  await disputes.add(disputeOf('d-2', { decision }), by('operator:guard'));
  await disputes.add(disputeOf('d-3', { decision, by: 'unix:eve' }), by('unix:eve'));
  assert.deepEqual(
    (await disputes.list(wallTime(1000))).map(({ id }) => id),
    ['d-2', 'd-3'],
  );
  await database.close();
});

test('what is over is removed, and lanes load what is left; otherwise nothing is written', async () => {
  const { database, disputes, version } = await opened();
  await disputes.add(disputeOf('d-1'), by('operator:guard'));
  const before = (await version()) ?? 0;
  await disputes.expire(wallTime(4999));
  assert.equal(await version(), before);
  await disputes.expire(wallTime(5000));
  assert.equal(await version(), before + 1);
  await database.close();
});

test('what is over is deleted with the next dispute', async () => {
  const { database, disputes } = await opened();
  await disputes.add(disputeOf('d-1'), by('operator:guard'));
  await disputes.add(disputeOf('d-2', { at: wallTime(6000), until: wallTime(9000) }), by('operator:guard'));
  const left = await database.read((sql) => sql.all<{ id: string }>('SELECT id FROM disputes'));
  assert.deepEqual(
    left.map(({ id }) => id),
    ['d-2'],
  );
  await database.close();
});

test('who is removed or erased has no disputes any more, and none can be stored of a stranger', async () => {
  const { database, disputes } = await opened();
  await disputes.add(disputeOf('d-1'), by('operator:guard'));
  await database.write((sql) => sql.run("DELETE FROM people WHERE id = 'ada'"));
  assert.deepEqual(await disputes.list(wallTime(1000)), []);
  await assert.rejects(disputes.add(disputeOf('d-2'), by('operator:guard')));
  await database.close();
});

for (const [name, damage] of [
  ['templates', `sources = '{', rate = NULL`],
  ['rate', `sources = NULL, rate = -1e308`],
  ['time', 'until_ms = 9223372036854775807'],
] as const)
  test(`a dispute with damaged ${name} opens nothing, leaves the others as they are, and can be undone`, async () => {
    const { database, disputes } = await opened();
    const other = disputeOf('d-2', { at: wallTime(2000) });
    await disputes.add(disputeOf('d-1'), by('operator:guard'));
    await disputes.add(other, by('operator:guard'));
    await database.write((sql) => sql.run(`UPDATE disputes SET ${damage} WHERE id = 'd-1'`));
    const [damaged, kept] = await disputes.list(wallTime(3000));
    assert.deepEqual(kept, other);
    const whole = disputeOf('d-1').remedy;
    assert.deepEqual(damaged?.remedy, name === 'time' ? whole : { kind: 'bound', rate: 0 });
    assert.equal((await disputes.undo(['d-1'], by('unix:admin'))).length, 1);
    await database.close();
  });
