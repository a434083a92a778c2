import assert from 'node:assert/strict';
import { chmodSync, lstatSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { loadConfig } from '../../../src/service/config/load-config.js';
import { checkSocket, permissionProblem } from '../../../src/service/doctor/socket-findings.js';
import { officeFor } from '../../cli/office.js';

/** A box without a service; its socket would be in its data folder. */
async function boxWith(t: TestContext) {
  const office = await officeFor(t);
  const config = await loadConfig(office.config);
  const file = path.join(office.folder, 'core.sock');
  const patient = {
    config: { ...config, local_socket: { ...config.local_socket, path: file } },
    env: {},
    clock: { wall: () => 0, monotonic: () => 0 },
    packFolder: '',
  } as unknown as Parameters<typeof checkSocket.look>[0];
  return { file, look: () => checkSocket.look(patient) };
}

async function socketAt(t: TestContext, file: string, mode: number): Promise<void> {
  const server = createServer((peer) => peer.destroy());
  await new Promise<void>((listening) => server.listen(file, listening));
  t.after(() => new Promise((closed) => server.close(closed)));
  chmodSync(file, mode);
}

test('without a service there is no socket, and nothing is wrong', async (t) => {
  const { look } = await boxWith(t);
  const [finding] = await look();
  assert.equal(finding?.verdict, 'good');
  assert.match(finding.detail, /not running/);
});

test('a file of another kind, and a socket that others may use, are wrong', async (t) => {
  const { file, look } = await boxWith(t);
  writeFileSync(file, '');
  assert.match((await look())[0]?.detail ?? '', /another kind/);
});

test('a socket with another permission is wrong, and one that hangs up is a warning', async (t) => {
  const { file, look } = await boxWith(t);
  await socketAt(t, file, 0o666);
  const [open] = await look();
  assert.equal(open?.verdict, 'wrong');
  assert.match(open.detail, /mode 0666/);
  chmodSync(file, 0o660);
  const [silent] = await look();
  assert.equal(silent?.verdict, 'warning');
  assert.match(silent.detail, /does not answer/);
});

test('a socket of another group than the configuration names is wrong', async (t) => {
  const { file } = await boxWith(t);
  await socketAt(t, file, 0o660);
  const found = lstatSync(file);
  assert.equal(permissionProblem(file, found, undefined), undefined);
  assert.match(
    permissionProblem(file, found, 'not-a-group')?.detail ?? '',
    /local_socket.group names not-a-group/,
  );
});
