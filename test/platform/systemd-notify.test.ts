import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openNotifier, pingInterval } from '../../src/platform/systemd-notify.js';
import { until } from '../until.js';
import { listenAsSystemd, whyNotHere } from './notify-socket.js';

const { pid } = process;
const launcher = fileURLToPath(new URL('../../scripts/with-notify', import.meta.url));
const service = fileURLToPath(new URL('../fixtures/notifies.ts', import.meta.url));
const skip = whyNotHere() ?? false;
const start = (env: NodeJS.ProcessEnv) =>
  promisify(execFile)(launcher, [process.execPath, '--import', 'tsx', service], {
    env: { ...process.env, ...env },
    timeout: 30_000,
  });

for (const kind of ['a path', 'an abstract name'] as const)
  test(`systemd hears each word of a started service through ${kind}`, { skip }, async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'notify-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const name = kind === 'a path' ? path.join(folder, 'notify') : `@twinstile-test-${pid}`;
    const heard = await listenAsSystemd(t, name);
    const { stdout } = await start({ NOTIFY_SOCKET: name });
    await until(() => heard.length >= 7, 'all words');
    assert.deepEqual(heard, [
      'READY=1',
      'STATUS=north: identification',
      'WATCHDOG=1',
      'STATUS=two lines STOPPING=1',
      'RELOADING=1',
      'MONOTONIC_USEC=81000000',
      'STOPPING=1',
    ]);
    const { fd, isInherited } = JSON.parse(stdout);
    assert.ok(Number(fd) >= 3 && !isInherited, 'no child of the service gets the socket');
  });

test('the launcher just becomes the program where there is no systemd', async () => {
  const { stdout } = await start({ NOTIFY_SOCKET: undefined });
  assert.equal(JSON.parse(stdout).fd, undefined);
});

test('the launcher does not start a program that could not be listened to', async () => {
  await assert.rejects(start({ NOTIFY_SOCKET: '/nonexistent/notify' }), /connect/);
});

test('a service that was not started through the launcher is told of', async () => {
  const faults: string[] = [];
  const onFault = (detail: string) => faults.push(detail);
  await openNotifier({ env: { NOTIFY_SOCKET: '/run/systemd/notify' }, pid, onFault }).ping();
  assert.match(faults.join(), /with-notify/);
  await openNotifier({ env: {}, pid, onFault }).ping();
  assert.equal(faults.length, 1);
});

test('a systemd that cannot be told is reported once for a row of failures', async () => {
  const faults: string[] = [];
  const notifier = openNotifier({
    env: { TWINSTILE_NOTIFY_FD: '1023' },
    pid,
    onFault: (detail) => faults.push(detail),
  });
  await notifier.ping();
  await notifier.ping();
  assert.equal(faults.length, 1);
  assert.match(faults[0] ?? '', /EBADF/);
});

for (const [name, env, every] of [
  ['half of what the unit allows', { WATCHDOG_USEC: '10000000' }, 5000],
  ['half of it when this process is meant', { WATCHDOG_USEC: '10000000', WATCHDOG_PID: `${pid}` }, 5000],
  ['nothing when another process is meant', { WATCHDOG_USEC: '10000000', WATCHDOG_PID: '1' }, undefined],
  ['nothing when the unit has no watchdog', {}, undefined],
  ['nothing for a number that is none', { WATCHDOG_USEC: 'soon' }, undefined],
] as const)
  test(`pings come after ${name}`, () => assert.equal(pingInterval(env, pid), every));
