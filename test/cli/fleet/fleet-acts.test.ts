/** What is done to a fleet's keys, devices and releases reaches the journal's chain, wherever it is cut off. */
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { personId } from '../../../src/base/ids.js';
import { galleryCommand } from '../../../src/cli/fleet/gallery-verb.js';
import { fleetChange } from '../../../src/cli/fleet-place.js';
import { newIdentity, recipientOf } from '../../../src/fleet/repository/age.js';
import { pendingActs } from '../../../src/fleet/repository/pending-acts.js';
import { siteFiles } from '../../../src/fleet/repository/site-files.js';
import { systemClock } from '../../../src/platform/system-clock.js';
import { loadConfig } from '../../../src/service/config/load-config.js';
import { changeFleet, journalFleetActs } from '../../../src/service/setup/fleet-office.js';
import { withTables } from '../../../src/service/setup/open-gallery.js';
import { actsOfTest } from '../../fixtures/acts.js';
import { officeFor } from '../office.js';

const recipient = await recipientOf(await newIdentity());

/** @param enrolled whether there is a database. */
async function registrarFor(t: TestContext, enrolled = true) {
  const office = await officeFor(t);
  const at = (...names: readonly string[]) => path.join(office.folder, ...names);
  const fleet = at('data', 'fleet');
  const enroll = () =>
    office.inside(({ gallery }) =>
      gallery.apply([{ kind: 'put-person', person: { id: personId('ada'), name: 'Ada' } }]),
    );
  if (enrolled) await enroll();
  const world = { ...office.world, clock: systemClock };
  const gallery = (...args: readonly string[]) => office.run(galleryCommand(world), ...args);
  const offline = ['--offline', at('safe'), at('stick')];
  const found = (...where: readonly string[]) =>
    gallery('keys', 'init', '--site', 'test', ...where, ...offline);
  /** Of the fleet, as the chain has them, oldest first. */
  const acts = () =>
    office.inside(async ({ journal }) =>
      (await journal.list({ limit: 50, kind: 'act' }))
        .filter(({ body }) => !String(body.act).startsWith('person-'))
        .map(({ body, at: when }) => ({ body, when }))
        .reverse(),
    );
  const names = async () => (await acts()).map(({ body }) => body.act);
  const waiting = async () => (await pendingActs(fleet).load()).map(({ act }) => act.act);
  const config = await loadConfig(office.config);
  return { ...office, at, fleet, enroll, gallery, found, offline, acts, names, waiting, loaded: config };
}

test('an act at a fleet’s folder is a row at once where a configuration is named, with what changed', async (t) => {
  const { config, found, gallery, acts, waiting, offline } = await registrarFor(t);
  await found('-c', config);
  await gallery('device', 'add', 'gate-1', recipient, '-c', config, '--signs-as', 'a'.repeat(64));
  await gallery('device', 'remove', 'gate-1', '--yes', '-c', config);
  await gallery('keys', 'rotate', 'timestamp-1', '--yes', ...offline, '-c', config);
  assert.deepEqual(await waiting(), []);
  const [founded, added, removed, rotated] = (await acts()).map(({ body }) => body);
  assert.deepEqual([founded?.act, founded?.sites, founded?.root_threshold], ['fleet-founded', ['test'], 2]);
  assert.match(String(founded?.keys), /^root-1 [0-9a-f]{16},.*timestamp-1 [0-9a-f]{16},site-test-1 /);
  assert.deepEqual(
    [added?.act, added?.site, added?.device, added?.recipient, added?.signs_as],
    ['device-added', 'test', 'gate-1', recipient, 'a'.repeat(64)],
  );
  assert.deepEqual(
    [removed?.act, removed?.device, removed?.recipient],
    ['device-removed', 'gate-1', recipient],
  );
  assert.deepEqual(
    [rotated?.act, rotated?.key, rotated?.now],
    ['fleet-key-rotated', 'timestamp-1', 'timestamp-2'],
  );
  assert.ok([founded, added, removed, rotated].every((body) => /^unix:/.test(String(body?.by))));
});

test('without a configuration an act waits in the folder, and is in the chain before anything is published', async (t) => {
  const { config, fleet, found, gallery, acts, names, waiting, at } = await registrarFor(t);
  const before = systemClock.wall();
  await found('--fleet', fleet);
  await gallery('device', 'add', 'gate-1', recipient, '--fleet', fleet, '--site', 'test');
  assert.deepEqual(await names(), []);
  assert.deepEqual(await waiting(), ['fleet-founded', 'device-added']);
  const after = systemClock.wall();
  await gallery('publish', '--out', at('out'), '-c', config);
  assert.deepEqual(await waiting(), []);
  assert.deepEqual(await names(), ['fleet-founded', 'device-added', 'gallery-published']);
  // As it was, and not when the chain took it.
  const [founded] = await acts();
  assert.ok((founded?.when ?? 0) >= before - 1 && (founded?.when ?? 0) <= after + 1);
});

test('the usual configuration is meant where the folder is its own, also over a link, and no other', async (t) => {
  const { config, fleet, at, world: dependencies } = await registrarFor(t);
  await mkdir(fleet, { recursive: true });
  await symlink(at('data'), at('linked'));
  const journalOf = async (folder: string, usual = config) =>
    (await fleetChange(dependencies, { fleet: folder }, usual)).journal?.site;
  assert.equal(await journalOf(fleet), 'test');
  assert.equal(await journalOf(at('linked', 'fleet')), 'test');
  assert.equal(await journalOf(at('elsewhere')), undefined);
  assert.equal(await journalOf(fleet, at('missing.yaml')), undefined);
  await writeFile(at('broken.yaml'), 'site: [');
  assert.equal(await journalOf(fleet, at('broken.yaml')), undefined);
});

test('a fleet may be founded before anybody is enrolled: the act waits until there is a journal', async (t) => {
  const { config, found, gallery, names, waiting, enroll } = await registrarFor(t, false);
  await found('-c', config);
  assert.deepEqual(await waiting(), ['fleet-founded']);
  await enroll();
  await gallery('device', 'add', 'gate-1', recipient, '-c', config);
  assert.deepEqual(await waiting(), []);
  assert.deepEqual(await names(), ['fleet-founded', 'device-added']);
});

test('what was begun and broke off is a row that says so, and what changed nothing is none', async (t) => {
  const { fleet, loaded, acts } = await registrarFor(t);
  const change = {
    fleet,
    journal: loaded,
    credentials: undefined,
    acts: actsOfTest,
    onWaiting: (line: string) => assert.fail(line),
  };
  const work = changeFleet(change, async (begin) => {
    await begin({ act: 'site-added', site: 'annex' });
    throw new Error('the stick was pulled out');
  });
  await assert.rejects(work, /the stick was pulled out/);
  await changeFleet(change, async (begin) => (await begin({ act: 'models-published' })).nothingChanged());
  assert.deepEqual(
    (await acts()).map(({ body }) => body),
    [{ act: 'site-added', site: 'annex', finished: false, by: 'unix:test' }],
  );
});

test('wherever it is cut off the act is in the chain afterwards, and once', async (t) => {
  const { fleet, loaded, names, acts, gallery, config } = await registrarFor(t);
  await mkdir(fleet, { recursive: true });
  const begun = {
    id: '2f1d9f0e-6a53-4c53-9b39-0e8a3c1f7a11',
    at: actsOfTest.now(),
    actor: actsOfTest.actor,
    act: { act: 'device-removed', device: 'gate-7' },
    finished: false,
  };
  const waiting = pendingActs(fleet);
  // Killed between the chain and the folder.
  await waiting.save([{ ...begun, finished: true }]);
  await withTables(loaded, undefined, (tables) => journalFleetActs(tables, waiting));
  await waiting.save([{ ...begun, finished: true }]);
  await withTables(loaded, undefined, (tables) => journalFleetActs(tables, waiting));
  assert.deepEqual(await names(), ['device-removed']);
  assert.deepEqual(await waiting.load(), []);
  // Killed before it was finished: nobody knows how far it came, and the next command says so.
  await waiting.save([{ ...begun, id: '7d3b0a55-7f5e-4b0c-8f43-0d7a2b9c1e22' }]);
  await gallery('device', 'add', 'gate-1', recipient, '-c', config, '--site', 'test');
  assert.deepEqual(
    (await acts()).map(({ body }) => [body.act, body.finished]),
    [
      ['device-removed', undefined],
      ['device-removed', false],
      ['device-added', undefined],
    ],
  );
});

test('nothing is changed where the act cannot be written down first', async (t) => {
  const { config, fleet, found, gallery, at } = await registrarFor(t);
  await found('-c', config);
  await writeFile(path.join(fleet, 'acts.json'), '{"v":1,"acts":[{"act":"forged"}]}');
  await assert.rejects(gallery('device', 'add', 'gate-1', recipient, '-c', config), {
    code: 'bad-arguments',
    message: /acts\.json as it was written, got something else/,
  });
  assert.deepEqual(await siteFiles(fleet, 'test').devices(), {});
  await assert.rejects(gallery('publish', '--out', at('out'), '-c', config));
  await rm(path.join(fleet, 'acts.json'));
  await gallery('device', 'add', 'gate-1', recipient, '-c', config);
  assert.match(await readFile(path.join(fleet, 'sites', 'test', 'devices.json'), 'utf8'), /gate-1/);
});

test('keys and devices ask where the fleet is, and take it from the configuration', async (t) => {
  const { config, found, gallery } = await registrarFor(t);
  await assert.rejects(found(), { code: 'bad-arguments', message: /got no --fleet/, hint: /--config FILE/ });
  await found('-c', config);
  await gallery('device', 'add', 'gate-1', recipient, '-c', config);
  assert.match((await gallery('device', 'list', '-c', config)).text, /^gate-1 {2}age1/);
  assert.match((await gallery('keys', 'list', '-c', config)).text, /^site-test-1 {2}/m);
});
