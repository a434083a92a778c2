import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { badgeId, personId } from '../../../src/base/ids.js';
import { galleryCommand } from '../../../src/cli/fleet/gallery-verb.js';
import { syncCommand } from '../../../src/cli/fleet/sync-verb.js';
import { systemClock } from '../../../src/platform/system-clock.js';
import { loadConfig } from '../../../src/service/config/load-config.js';
import { withDatabase } from '../../../src/service/setup/open-gallery.js';
import { officeFor } from '../office.js';

test('keys, a device, a gallery and a sync, by the commands alone', async (t) => {
  const office = await officeFor(t);
  const clock = systemClock;
  const registrar = { ...office.world, clock };
  const box = await officeFor(t);
  const fleet = path.join(office.folder, 'data', 'fleet');
  const [safe, stick] = [path.join(office.folder, 'safe'), path.join(office.folder, 'stick')];
  const out = path.join(office.folder, 'out');
  const gallery = (...args: string[]) => office.run(galleryCommand(registrar), ...args);

  const founded = await gallery('keys', 'init', '--fleet', fleet, '--site', 'test', '--offline', safe, stick);
  assert.match(founded.text, /root\.json: give it to every device/);
  const key = await box.run(
    galleryCommand(box.world),
    'device',
    'key',
    '--out',
    path.join(box.folder, 'box.age'),
  );
  assert.match(key.text, /^age1/);
  await gallery('device', 'add', 'gate-1', key.text.trim(), '--fleet', fleet, '--site', 'test');
  await office.inside(({ gallery: people }) =>
    people.apply([
      { kind: 'put-person', person: { id: personId('ada'), name: 'Ada' } },
      { kind: 'add-badge', badge: badgeId('b-1'), person: personId('ada') },
    ]),
  );
  const published = await gallery('publish', '-c', office.config, '--out', out);
  assert.match(published.text, /Gallery 1: 1 person in 1 segment, 1 of them new/);
  assert.match((await gallery('publish', '-c', office.config, '--out', out)).text, /nothing to publish/);

  await writeFile(path.join(box.folder, 'root.json'), await readFile(path.join(fleet, 'root.json')));
  const text = await readFile(box.config, 'utf8');
  const follows = `{ key_file: ./gallery.key, fleet: { source: ${out}, root_file: ./root.json, key_file: ./box.age } }`;
  await writeFile(box.config, text.replace('{ key_file: ./gallery.key }', follows));
  const world = { ...box.world, clock };
  const first = await box.run(syncCommand(world), '-c', box.config);
  assert.match(first.text, /Gallery 1 is in use: 1 person new or changed, 0 removed/);
  assert.match((await box.run(syncCommand(world), '-c', box.config)).text, /in use already/);
  assert.equal(await box.inside(({ gallery: people }) => people.holderOf(badgeId('b-1'))), 'ada');

  const { text: told, exitCode } = await box.run(galleryCommand(world), 'status', '-c', box.config);
  assert.match(told, /state +fresh/);
  assert.equal(exitCode, 0);

  const shown = await gallery(
    'revoke',
    '-c',
    office.config,
    '--badge',
    'B-1',
    '--person',
    'adda',
    '--dry-run',
  );
  assert.equal(
    shown.text,
    'To be revoked:\n  person adda, not enrolled here; nearest: ada\n  badge B-1, of ada  Ada, badge b-1, 0 templates\n  at gate-1\nNothing was changed: --dry-run.',
  );
  // The broker of this office is away: it says so, and the next version is the one that takes the badge back.
  const revoked = await gallery('revoke', '-c', office.config, '--badge', 'b-1', '--out', out, '--yes');
  assert.match(revoked.text, /the broker could not be told[\s\S]*Gallery 2 says so/);
  assert.equal(revoked.exitCode, 4);
  assert.match(
    (await gallery('revoke', '-c', office.config, '--badge', 'b-1', '--undo', '--dry-run')).text,
    /^To match again:\n {2}badge b-1, of ada {2}Ada, badge b-1, 0 templates \(revoked now\)\n {2}at gate-1\n/,
  );
  await box.run(syncCommand(world), '-c', box.config);
  assert.equal(await box.inside(({ gallery: people }) => people.holderOf(badgeId('b-1'))), undefined);

  for (const name of ['root-1', 'targets-1', 'snapshot-1', 'timestamp-1', 'site-test-1'])
    assert.match(
      (await gallery('keys', 'rotate', name, '--fleet', fleet, '--offline', safe, stick, '--yes')).text,
      /signs in the place of/,
      name,
    );
  await gallery('keys', 'renew', '--fleet', fleet, '--offline', safe, stick);
  await office.inside(({ gallery: people }) =>
    people.apply([{ kind: 'put-person', person: { id: personId('bob'), name: 'Bob' } }]),
  );
  await gallery('publish', '-c', office.config, '--out', out);
  assert.match((await box.run(syncCommand(world), '-c', box.config)).text, /Gallery 3 is in use: 1 person/);
  // Many versions later the folder holds what the last two need, and a new box finds all of it.
  for (let round = 0; round < 8; round += 1) {
    const person = { id: personId('bob'), name: `Bob ${round}` };
    await office.inside(({ gallery: people }) => people.apply([{ kind: 'put-person', person }]));
    await gallery('publish', '-c', office.config, '--out', out);
  }
  const left = (await readdir(path.join(out, 'blobs'), { recursive: true })).filter(
    (name) => name.length > 60,
  );
  assert.ok(left.length <= 6, `${left.length} blobs`);
  assert.ok((await readdir(path.join(out, 'metadata'))).length < 30);
  const fresh = ['-c', box.config, '--json'];
  assert.equal(JSON.parse((await box.run(syncCommand(world), ...fresh)).text).serial, 11);

  await withDatabase(await loadConfig(box.config), async (database) =>
    assert.equal(
      (await database.read((sql) => sql.one<{ n: number }>('SELECT count(*) AS n FROM revoked')))?.n,
      0,
    ),
  );
});
