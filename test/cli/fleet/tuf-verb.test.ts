import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { Updater } from 'tuf-js';
import { monotonic } from '../../../src/base/units.js';
import { tufCommand } from '../../../src/cli/fleet/tuf-verb.js';
import { manifestTarget } from '../../../src/fleet/segments/manifest.js';
import { enrolled, fleetWorld, SITE } from '../../fixtures/fleet-world.js';

async function served(t: TestContext) {
  const world = await fleetWorld();
  await world.device('gate-1');
  await world.registrar.apply(enrolled('ada'));
  await world.publish();
  const server = http.createServer(({ url = '' }, response) => {
    const stream = createReadStream(path.join(world.places.out, url));
    stream.on('error', () => response.writeHead(404).end());
    stream.pipe(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const trusted = path.join(world.folder, 'trusted-root.json');
  await writeFile(trusted, world.seedRoot);
  const dir = path.join(world.folder, 'client');
  const clock = { wall: () => world.now(), monotonic: () => monotonic(0) };
  const tuf = (...args: string[]) =>
    tufCommand({ clock, env: {} }).parseAsync(['--metadata-dir', dir, ...args], { from: 'user' });
  return { world, base, dir, trusted, tuf };
}

test('init, refresh and download do what a TUF client does', async (t) => {
  const { world, base, dir, trusted, tuf } = await served(t);
  await tuf('init', trusted);
  assert.deepEqual(await readdir(dir), ['root.json']);
  await tuf('--metadata-url', `${base}/metadata`, 'refresh');
  assert.deepEqual((await readdir(dir)).sort(), [
    'root.json',
    'snapshot.json',
    'targets.json',
    'timestamp.json',
  ]);
  const target = path.join(world.folder, 'targets');
  const download = [
    '--metadata-url',
    `${base}/metadata`,
    '--target-name',
    manifestTarget(SITE),
    '--target-base-url',
    `${base}/targets`,
    '--target-dir',
    target,
    'download',
  ];
  await tuf(...download);
  const [name = ''] = await readdir(target);
  assert.equal(JSON.parse(await readFile(path.join(target, name), 'utf8')).serial, 1);
  await rm(path.join(world.places.out, 'metadata', 'timestamp.json'));
  await assert.rejects(tuf(...download), /timestamp.json in the repository/);
});

test('a client of others reads what is published here', async (t) => {
  const { world, base, dir, trusted } = await served(t);
  await mkdir(dir);
  await writeFile(path.join(dir, 'root.json'), await readFile(trusted));
  const targetDir = path.join(world.folder, 'theirs');
  await mkdir(targetDir);
  const updater = new Updater({
    metadataDir: dir,
    metadataBaseUrl: `${base}/metadata`,
    targetDir,
    targetBaseUrl: `${base}/targets`,
  });
  const info = await updater.getTargetInfo(manifestTarget(SITE));
  assert.ok(info);
  const file = await updater.downloadTarget(info, path.join(targetDir, 'manifest.json'));
  assert.equal(JSON.parse(await readFile(file, 'utf8')).site, SITE);
});
