import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { openNotifier, pingInterval } from '../../../src/adapters/systemd/notify.js';
import { until } from '../../until.js';
import { listenAsSystemd, whyNotHere } from './notify-socket.js';

const { pid } = process;
const { PATH } = process.env;
const skip = whyNotHere() ?? false;

for (const kind of ['a path', 'an abstract name'] as const)
  test(`systemd hears each word through ${kind}`, { skip }, async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'notify-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const name = kind === 'a path' ? path.join(folder, 'notify') : `@twinstile-test-${pid}`;
    const heard = await listenAsSystemd(t, name);
    const notifier = openNotifier({ env: { NOTIFY_SOCKET: name, PATH }, pid });
    await notifier.ready('north: identification');
    await notifier.ping();
    await notifier.status('two\nlines STOPPING=1');
    await notifier.stopping();
    await until(() => heard.length >= 5, 'all words');
    assert.deepEqual(heard, [
      'READY=1',
      'STATUS=north: identification',
      'WATCHDOG=1',
      'STATUS=two lines STOPPING=1',
      'STOPPING=1',
    ]);
  });

test('outside of systemd nothing is started', async () => {
  const troubles: string[] = [];
  const onTrouble = (detail: string) => troubles.push(detail);
  await openNotifier({ env: {}, pid, program: '/nonexistent', onTrouble }).ping();
  assert.deepEqual(troubles, []);
});

test('a systemd that cannot be told is reported once for a row of failures', async () => {
  const troubles: string[] = [];
  const notifier = openNotifier({
    env: { NOTIFY_SOCKET: '/nonexistent', PATH },
    pid,
    program: '/nonexistent/systemd-notify',
    onTrouble: (detail) => troubles.push(detail),
  });
  await notifier.ping();
  await notifier.ping();
  assert.equal(troubles.length, 1);
  assert.match(troubles[0] ?? '', /ENOENT/);
});

for (const [name, env, every] of [
  ['half of what the unit allows', { WATCHDOG_USEC: '10000000' }, 5000],
  ['half of it when this process is meant', { WATCHDOG_USEC: '10000000', WATCHDOG_PID: `${pid}` }, 5000],
  ['nothing when another process is meant', { WATCHDOG_USEC: '10000000', WATCHDOG_PID: '1' }, undefined],
  ['nothing when the unit has no watchdog', {}, undefined],
  ['nothing for a number that is none', { WATCHDOG_USEC: 'soon' }, undefined],
] as const)
  test(`pings come after ${name}`, () => assert.equal(pingInterval(env, pid), every));
