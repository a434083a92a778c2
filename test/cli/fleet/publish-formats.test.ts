import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { personId } from '../../../src/base/ids.js';
import { galleryCommand } from '../../../src/cli/fleet/gallery-verb.js';
import { newIdentity, recipientOf } from '../../../src/fleet/repository/age.js';
import { connectBus } from '../../../src/platform/mqtt/reconnecting-bus.js';
import { systemClock } from '../../../src/platform/system-clock.js';
import { brokerFor } from '../../service/demo/broker-for.js';
import { until } from '../../until.js';
import { officeFor } from '../office.js';

/** A registrar of site `test` with a broker, and two boxes that may read. */
async function registrarWith(t: TestContext) {
  const office = await officeFor(t);
  const { url } = await brokerFor(t);
  const config = await readFile(office.config, 'utf8');
  await writeFile(office.config, config.replace(/mqtt:\/\/[^\s"'}]+/, url));
  const world = { ...office.world, clock: systemClock };
  const fleet = path.join(office.folder, 'data', 'fleet');
  const at = ['--fleet', fleet, '--site', 'test'];
  const gallery = (...args: string[]) => office.run(galleryCommand(world), ...args);
  const safes = ['safe', 'stick'].map((name) => path.join(office.folder, name));
  await gallery('keys', 'init', ...at, '--offline', ...safes);
  for (const name of ['gate-1', 'gate-2'])
    await gallery('device', 'add', name, await recipientOf(await newIdentity()), ...at);
  await office.inside(({ gallery: people }) =>
    people.apply([{ kind: 'put-person', person: { id: personId('ada'), name: 'Ada' } }]),
  );
  const bus = connectBus({ url, clientId: `lanes-${Math.random()}` });
  t.after(() => bus.close());
  await until(() => bus.connected, 'connected');
  const out = path.join(office.folder, 'out');
  return {
    gallery,
    at,
    /** What a lane of this box leaves at the broker. */
    state: (site: string, lane: string, device: string, reads?: number) =>
      bus.publish(
        `twinstile/${site}/${lane}/state`,
        JSON.stringify({
          v: 1,
          device,
          mode: 'identification',
          degraded: [],
          pack: { name: 'mobile' },
          gallery: { published: { serial: 1, reads } },
        }),
        { qos: 1, retain: true },
      ),
    publish: async (...more: string[]) => {
      const { text } = await gallery('publish', '-c', office.config, '--out', out, '--json', ...more);
      return JSON.parse(text) as { format: number; waitsFor: string[]; written: number };
    },
    said: async () => (await gallery('publish', '-c', office.config, '--out', out)).text,
  };
}

test('a registrar publishes the old format until every box has reported the new one, and says which it waits for', async (t) => {
  const { publish, said, state } = await registrarWith(t);
  await state('test', 'north', 'gate-1', 2);
  await state('test', 'south', 'gate-1');
  const first = await publish();
  assert.deepEqual([first.format, first.waitsFor], [1, ['gate-1', 'gate-2']]);
  await state('test', 'south', 'gate-1', 2);
  const words = await said();
  assert.match(words, /stay in format 1.* until these boxes have reported format 2.*: gate-2\.$/m);
  assert.match(words, /gallery device remove NAME/);
  // A box of another site with this name says nothing of the one here, once that one says something itself.
  await state('elsewhere', 'north', 'gate-2', 1);
  await state('test', 'yard', 'gate-2', 2);
  const second = await publish();
  assert.deepEqual([second.format, second.waitsFor, second.written], [2, [], 1]);
  // One that is put back to an older program does not take the conditions from all others.
  await state('test', 'yard', 'gate-2');
  assert.deepEqual((await publish()).format, 2);
  assert.match(await said(), /nothing to publish/);
});

test('a box that is gone holds nothing up once it is taken away, and an administrator may decide at once', async (t) => {
  const { publish, gallery, at, state } = await registrarWith(t);
  await state('test', 'north', 'gate-1', 2);
  assert.equal((await publish('--segments', '2')).format, 2);
  assert.equal((await publish('--segments', '1')).format, 1);
  assert.deepEqual((await publish()).waitsFor, ['gate-2']);
  await gallery('device', 'remove', 'gate-2', ...at, '--yes');
  const { format, waitsFor } = await publish();
  assert.deepEqual([format, waitsFor], [2, []]);
});
