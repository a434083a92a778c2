import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startPrivateBroker } from '../../../src/service/demo/private-broker.js';
import { until } from '../../until.js';
import { brokerFor } from './broker-for.js';

test('two private brokers live side by side, each on a port of its own', async (t) => {
  const [one, two] = [await brokerFor(t), await brokerFor(t)];
  assert.notEqual(one.url, two.url);
});

test('a private broker says when it ended although nobody asked it to', async () => {
  const told: string[] = [];
  const broker = await startPrivateBroker({ onExit: (detail) => told.push(detail) });
  process.kill(broker.pid, 'SIGKILL');
  await until(() => told.length > 0, 'told');
  assert.deepEqual(told, ['mosquitto ended (SIGKILL)']);
  await broker.stop();
});

test('a stopped broker is silent and leaves a given folder to its owner', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'twinstile-test-'));
  t.after(() => rm(folder, { recursive: true }));
  const told: string[] = [];
  const broker = await startPrivateBroker({ folder, onExit: (detail) => told.push(detail) });
  await broker.stop();
  await broker.stop();
  assert.deepEqual(told, []);
  assert.deepEqual(await readdir(folder), [`mosquitto-${broker.port}.conf`]);
  assert.throws(() => process.kill(broker.pid, 0), { code: 'ESRCH' });
});

test('a missing Mosquitto is told with the command that installs it', async () => {
  await assert.rejects(startPrivateBroker({ programs: ['/nowhere/mosquitto'] }), {
    code: 'setup-incomplete',
    hint: 'Install it: sudo apt install mosquitto',
  });
});

test('a port that is taken is told and nothing is left behind', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  await assert.rejects(startPrivateBroker({ port: address.port }), { code: 'setup-incomplete' });
  assert.equal(existsSync(join(tmpdir(), `mosquitto-${address.port}.conf`)), false);
});

test('another program that listens on the port is not taken for the broker', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => server.close());
  const folder = await mkdtemp(join(tmpdir(), 'twinstile-test-'));
  t.after(() => rm(folder, { recursive: true }));
  const slow = join(folder, 'mosquitto');
  await writeFile(slow, '#!/bin/sh\nsleep 0.5\nexit 1\n', { mode: 0o755 });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const start = startPrivateBroker({ folder, port: address.port, programs: [slow] });
  await assert.rejects(start, { code: 'setup-incomplete', message: /does not start/ });
});
