import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openAccessStore } from '../../../src/access/policy/sqlite-access-store.js';
import { laneId, personId } from '../../../src/base/ids.js';
import { monotonic, wallTime } from '../../../src/base/units.js';
import { openGallery } from '../../../src/records/people/sql-gallery.js';
import { type Database, openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { accessRules } from '../../../src/service/config/sections/access-section.js';
import { openBoxAccess } from '../../../src/service/daemon/access-service.js';
import { galleryOf } from '../../lane/lane-world.js';

const ada = personId('ada');
const north = laneId('north');
const south = laneId('south');
const out = laneId('out');
const access = (rules: readonly object[] = [{ effect: 'grant', groups: ['everyone'] }]) =>
  accessRules.parse({
    time_zone: 'UTC',
    rules,
    groups: [{ id: 'staff' }],
    anti_passback: { again_after_ms: 60_000 },
  });
const asking = (lane = north, person = ada) => ({
  person,
  lane,
  direction: 'in' as const,
  mode: 'normal' as const,
  shown: { face: true, badge: false },
  behind: false,
  now: monotonic(1000),
  at: wallTime(Date.UTC(2026, 5, 1, 12)),
});
const passage = { person: ada, lane: north, direction: 'in', now: monotonic(900), at: wallTime(0) } as const;

async function site(
  database: Database,
  { boot = 'boot-1', rules = access() as ReturnType<typeof access> | 'none' } = {},
) {
  const people = await openGallery(database, Buffer.alloc(32, 1));
  const faults: string[] = [];
  const gallery = await galleryOf(['ada'], { groups: ['staff'] });
  const opened = await openBoxAccess({
    config: rules === 'none' ? {} : { access: rules },
    people,
    store: openAccessStore(database),
    gallery: () => gallery,
    boot,
    isExit: (lane) => lane === out,
    onFault: (detail) => faults.push(detail),
  });
  return { ...opened, people, troubles: faults };
}
const withAda = async () => {
  const database = await openDatabase(':memory:');
  const people = await openGallery(database, Buffer.alloc(32, 1));
  await people.apply([{ kind: 'put-person', person: { id: ada, name: 'Ada', groups: ['cleaners'] } }]);
  return database;
};

test('a passage is remembered over a restart, and not over one of the machine', async () => {
  const database = await withAda();
  const first = await site(database);
  first.controller.opened(passage);
  first.laneSide(north).onRecord?.(ada);
  await first.close();
  const second = await site(database);
  assert.deepEqual(second.controller.check(asking()), {
    allowed: false,
    reason: 'passback-too-soon',
    notices: [],
  });
  const third = await site(database, { boot: 'boot-2' });
  assert.equal(third.controller.check(asking()).allowed, true);
});

test('a reset by an operator holds over a restart as well', async () => {
  const database = await withAda();
  const first = await site(database);
  first.controller.opened(passage);
  first.laneSide(north).onRecord?.(ada);
  first.reset();
  await first.close();
  assert.equal((await site(database)).controller.check(asking()).allowed, true);
});

test('what is remembered and cannot be read is told, and keeps nobody from starting', async () => {
  const database = await withAda();
  await openAccessStore(database).save(ada, 'scribble');
  const { troubles, controller: desk } = await site(database);
  assert.match(troubles[0] ?? '', /record of passages, got something else/);
  assert.equal(desk.records.size, 0);
});

test('whoever is erased elsewhere is forgotten here', async () => {
  const database = await withAda();
  const one = await site(database);
  one.controller.opened({ ...passage, person: personId('bob') });
  one.controller.opened(passage);
  await one.forgetGone();
  assert.deepEqual([...one.controller.records.keys()], ['ada']);
});

test('groups come from the gallery, and for badge holders without a face from the database', async () => {
  const database = await withAda();
  const staff = await site(database, { rules: access([{ effect: 'grant', groups: ['staff'] }]) });
  assert.equal(staff.controller.check(asking()).allowed, true);
  const bob = personId('bob');
  await staff.people.apply([{ kind: 'put-person', person: { id: bob, name: 'Bob', groups: ['staff'] } }]);
  assert.equal(staff.controller.check(asking(north, bob)).allowed, false);
  await staff.laneSide(north).personOf(bob);
  assert.equal(staff.controller.check(asking(north, bob)).allowed, true);
});

test('what an operator ordered for a lane holds for that lane and after a restart', async () => {
  const database = await withAda();
  const first = await site(database);
  assert.equal(await first.setMode(north, 'lockdown'), true);
  const second = await site(database);
  assert.deepEqual([second.modeOf(north), second.modeOf(south)], ['lockdown', 'normal']);
});

test('a stored mode that is damaged lets nobody in, keeps nobody inside, and is told', async () => {
  const database = await withAda();
  await database.write(async (sql) => {
    for (const lane of [north, out]) await sql.run('INSERT INTO lane_modes VALUES (?, ?)', lane, 'lockeown');
  });
  const { modeOf, setMode, troubles } = await site(database);
  assert.deepEqual([modeOf(north), modeOf(out), modeOf(south)], ['lockdown', 'normal', 'normal']);
  assert.match(troubles.join(), /lane north is damaged: it is lockdown/);
  await setMode(north, 'normal');
  assert.equal((await site(database)).modeOf(north), 'normal');
});

test('without rules everybody may pass, visitors too, but nobody at two lanes at once', async () => {
  const database = await withAda();
  const free = await site(database, { rules: 'none' });
  assert.equal(free.controller.admit(asking(north)).allowed, true);
  assert.equal(free.controller.admit(asking(south)).allowed, false);
  assert.equal(free.controller.admit(asking(south, personId('pass:V-1'))).allowed, true);
});

test('new rules hold at once, and who passed is still known', async () => {
  const database = await withAda();
  const one = await site(database);
  one.controller.opened(passage);
  one.replace({ access: access([{ effect: 'deny', groups: ['everyone'] }]) });
  assert.deepEqual(one.controller.check(asking()), { allowed: false, reason: 'denied', notices: [] });
  assert.equal(one.controller.records.size, 1);
});

test('no more visitors are remembered than fit', async () => {
  const one = await site(await withAda());
  for (let n = 0; n < 1100; n += 1) {
    const person = personId(`pass:V-${n}`);
    one.controller.opened({ ...passage, person });
    one.laneSide(north).onRecord?.(person);
  }
  assert.equal(one.controller.records.size, 1000);
  assert.equal(one.controller.records.has(personId('pass:V-1099')), true);
});

test('somebody whose id means the same as that of a suspended person is denied, and it is told once', async () => {
  const database = await openDatabase(':memory:');
  await database.write(async (sql) => {
    for (const [id, groups] of [
      ['ada', ''],
      ['ADA', 'Suspended'],
    ])
      await sql.run(
        `INSERT INTO people (id, name, wrapped_key, member_of) VALUES (?, 'x', x'00', ?)`,
        id ?? '',
        groups ?? '',
      );
  });
  const told: (readonly string[])[] = [];
  const people = await openGallery(database, Buffer.alloc(32, 1));
  const gallery = await galleryOf(['ada'], { groups: ['staff'] });
  const opened = await openBoxAccess({
    config: {
      access: accessRules.parse({
        time_zone: 'UTC',
        groups: [{ id: 'staff' }, { id: 'suspended' }],
        rules: [
          { effect: 'grant', groups: ['everyone'] },
          { effect: 'deny', groups: ['suspended'] },
        ],
      }),
    },
    people,
    store: openAccessStore(database),
    gallery: () => gallery,
    boot: 'b',
    onFault: () => {},
    onIdClash: (those) => told.push(those),
  });
  await opened.forgetGone();
  assert.deepEqual(told, [['ADA', 'ada']]);
  const answer = opened.controller.check(asking());
  assert.equal(answer.allowed ? 'allowed' : answer.reason, 'denied');
  await database.close();
});
