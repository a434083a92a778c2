/** On a box that follows a fleet, a change of the fleet's people would be undone without a word: it is refused. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { badgeId, personId } from '../../../src/base/ids.js';
import type { GalleryChange } from '../../../src/records/people/person.js';
import { withGallery } from '../../../src/service/setup/open-gallery.js';
import { keepFleetPeople } from '../../../src/service/setup/people-guards.js';
import { enrolled, fleetWorld } from '../../fixtures/fleet-world.js';

const [ada, local] = [personId('ada'), personId('local')];
const FLEETS: Readonly<Record<string, readonly GalleryChange[]>> = {
  'people remove': [{ kind: 'remove-person', person: ada }],
  'people consent': [{ kind: 'put-person', person: { id: ada, name: 'ada' } }],
  'people groups': [{ kind: 'put-person', person: { id: ada, name: 'ada', groups: ['night'] } }],
  'badge add': [{ kind: 'add-badge', badge: badgeId('new'), person: ada }],
  'badge add --move to somebody of this box': [{ kind: 'add-badge', badge: badgeId('b-ada'), person: local }],
  'badge remove': [{ kind: 'remove-badge', badge: badgeId('b-ada') }],
  'badge release': [{ kind: 'release-badge', badge: badgeId('b-ada') }],
  enroll: enrolled('ada', 'Ada again'),
  'import with somebody of this box': [...enrolled('other'), ...enrolled('ada', 'Ada again')],
};

test('a box that follows a fleet refuses every change of the fleet’s people with "at the registrar", and its own stay changeable', async () => {
  const world = await fleetWorld();
  const box = await world.device('gate-1');
  await box.gallery.apply(enrolled('local'));
  await world.registrar.apply(enrolled('ada'));
  await world.publish();
  await box.sync();
  const data = path.dirname(box.file);
  const key = path.join(data, 'gallery.key');
  await writeFile(key, Buffer.alloc(32, 9), { mode: 0o600 });
  const shared = { site: 'hq', data_dir: data, backup: {}, privacy: {}, lanes: [] };
  const at = (fleet: object | undefined, changes: readonly GalleryChange[]) =>
    withGallery(
      { ...shared, gallery: { key_file: key, fleet } } as never,
      undefined,
      async ({ gallery }) => await gallery.apply(changes),
    );
  const asked = (fleet: object | undefined, changes: readonly GalleryChange[]) =>
    withGallery({ ...shared, gallery: { key_file: key, fleet } } as never, undefined, async (office) =>
      office.expectAllowed(changes),
    );
  const before = await box.gallery.list();
  const refused = { code: 'bad-arguments', message: /got ada of the fleet/, hint: /at the registrar/ };
  for (const [verb, changes] of Object.entries(FLEETS)) {
    await assert.rejects(at({}, changes), refused, verb);
    await assert.rejects(asked({}, changes), refused, `${verb} --dry-run`);
  }
  assert.deepEqual(await box.gallery.list(), before, 'nothing was done by halves');
  await at({}, [
    { kind: 'add-badge', badge: badgeId('second'), person: local },
    { kind: 'remove-badge', badge: badgeId('b-local') },
    ...enrolled('guest'),
    { kind: 'remove-person', person: personId('guest') },
  ]);
  assert.equal(await box.gallery.holderOf(badgeId('second')), local);
  await asked({}, [{ kind: 'remove-person', person: local }]);
  await asked(undefined, [{ kind: 'remove-person', person: ada }]);
  assert.equal(await box.has('ada'), true, 'to ask changes nothing');
  await at(undefined, [{ kind: 'remove-person', person: ada }]);
  assert.equal(await box.has('ada'), false, 'a box that follows no fleet any more keeps its own people');
});

test('a card of the fleet that nobody has is released on a following box, unless a record that is left out may have it', async () => {
  const world = await fleetWorld();
  const box = await world.device('gate-1');
  await world.registrar.apply(enrolled('ada'));
  await world.publish();
  await box.sync();
  await world.registrar.apply([{ kind: 'remove-person', person: ada }]);
  await world.publish();
  await box.sync();
  const card = badgeId('b-ada');
  assert.equal((await box.gallery.standingOf(card)).kind, 'removed');
  const here = keepFleetPeople(box.gallery, box.database);
  const leaveOut = (count: number) =>
    box.database.write(async (sql) => {
      await sql.run('DELETE FROM fleet_left_out');
      for (let n = 0; n < count; n += 1)
        await sql.run(
          'INSERT INTO fleet_left_out VALUES (?, ?, ?)',
          n,
          'person',
          'Expected a name, got none',
        );
    });
  await leaveOut(2);
  await assert.rejects(here.apply([{ kind: 'release-badge', badge: card }]), {
    code: 'bad-arguments',
    message: /2 records of the fleet's gallery are left out here/,
    hint: /at the registrar/,
  });
  assert.equal((await box.gallery.standingOf(card)).kind, 'removed');
  await leaveOut(0);
  await here.apply([{ kind: 'release-badge', badge: card }]);
  assert.equal((await box.gallery.standingOf(card)).kind, 'foreign');
});
