/** Erasing on a box that follows a fleet: the person would be back, so it is refused where it would not last. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { personId } from '../../../src/base/ids.js';
import { eraseIn } from '../../../src/records/erasure/erase-rows.js';
import { erasePerson } from '../../../src/service/setup/erase-people.js';
import { enrolled, fleetWorld } from '../../fixtures/fleet-world.js';

test('erasing somebody of the fleet on a box is refused with "erase at the registrar", and there it lasts', async () => {
  const world = await fleetWorld();
  const box = await world.device('gate-1');
  await box.gallery.apply(enrolled('local'));
  await world.registrar.apply([...enrolled('ada'), ...enrolled('bob')]);
  await world.publish();
  await box.sync();
  const config = { site: 'hq', data_dir: path.dirname(box.file), backup: {} } as never;
  const by = { actor: { by: 'unix:root' }, galleryKey: Buffer.alloc(32, 9) };
  const erase = (id: string) => erasePerson(box.database, config, personId(id), { now: world.now(), ...by });
  await assert.rejects(erase('ada'), {
    code: 'bad-arguments',
    message: /got ada of the fleet.s gallery: the next version would undo the change/,
    hint: /at the registrar, and publish\. Once that version is here, erase/,
  });
  assert.equal(await box.has('ada'), true, 'nothing was done by halves');
  await erase('local');
  assert.equal(await box.has('local'), false);
  await world.database.write((sql) => eraseIn(sql, [personId('ada')]));
  await world.publish();
  await box.sync();
  // Now it is this box's own journal alone that may name them.
  await erase('ada');
  await world.registrar.apply(enrolled('bob', 'Bob again'));
  await world.publish();
  await box.sync();
  assert.deepEqual(await box.people(), ['bob Bob again 1']);
});
