/** What is signed together is read together, whatever the registrar does while a gallery is published. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { badgeId, personId } from '../../../src/base/ids.js';
import { revokeAtRegistrar, undoRevocation } from '../../../src/fleet/publish/revoked.js';
import { actsOfTest } from '../../fixtures/acts.js';
import { enrolled, fleetWorld } from '../../fixtures/fleet-world.js';
import { WITHIN, withinPublish } from '../../fixtures/within-publish.js';

const [ada, bob] = [personId('ada'), personId('bob')];

for (const step of WITHIN)
  test(`whoever is revoked while a gallery is published stays revoked at the box: at ${step}`, async () => {
    const world = await fleetWorld();
    const box = await world.device('gate-1');
    await world.registrar.apply([...enrolled('ada'), ...enrolled('bob')]);
    await world.publish();
    await box.sync();
    await world.registrar.apply([{ kind: 'put-person', person: { id: ada, name: 'Ada' } }]);
    let done = false;
    await world.publish(
      withinPublish(world, step, async () => {
        if (done) return;
        done = true;
        assert.equal(
          await box.fleet.revoke(
            await revokeAtRegistrar(world.database, [bob], [badgeId('b-ada')], actsOfTest),
          ),
          true,
        );
      }),
    );
    assert.ok(done, 'it was revoked in the middle');
    await box.sync();
    const holders = async () => [
      await box.gallery.holderOf(badgeId('b-bob')),
      await box.gallery.holderOf(badgeId('b-ada')),
    ];
    assert.deepEqual(await holders(), [undefined, undefined]);
    await world.publish();
    await box.sync();
    assert.equal(await box.has('bob'), false);
    assert.deepEqual(await holders(), [undefined, undefined]);
    // May come again: nothing of it is kept longer than the registrar says.
    await undoRevocation(world.database, [bob], [badgeId('b-ada')], actsOfTest);
    await world.publish();
    await box.sync();
    assert.deepEqual(await holders(), [bob, ada]);
  });

test('a publish that has not seen all notes of changes looks at everybody: another office published, too', async () => {
  const world = await fleetWorld();
  const box = await world.device('gate-1');
  await world.registrar.apply([...enrolled('ada'), ...enrolled('bob')]);
  await world.publish();
  // The other office has a folder of its own; it takes away the notes of what it published.
  await revokeAtRegistrar(world.database, [bob], [], actsOfTest);
  const { mark } = await world.people.snapshot(async ({ changes }) => changes);
  await world.people.published(mark);
  await world.publish();
  await box.sync();
  assert.deepEqual(await box.people(), ['ada ada 1']);
});
