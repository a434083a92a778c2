import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { connectLocalSocket } from '../../../src/platform/local-socket/local-client.js';
import {
  type LocalServer,
  type LocalServerOptions,
  MAX_CONNECTIONS,
  serveLocalSocket,
} from '../../../src/platform/local-socket/local-server.js';
import { frameParts } from '../../../src/platform/local-socket/message-frames.js';
import { systemClock } from '../../../src/platform/system-clock.js';
import { createFakeClock } from '../../fakes/clock.js';
import { until } from '../../until.js';

const format = {
  magic: 'TEST',
  header: 64 * 1024,
  payload: 0,
  code: 'socket-protocol',
  hint: 'Look.',
} as const;

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'twinstile-socket-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function serving(
  t: TestContext,
  options: Partial<LocalServerOptions> = {},
): Promise<{ readonly at: string; readonly server: LocalServer; readonly faults: string[] }> {
  const at = path.join(folderOf(t), 'core.sock');
  const faults: string[] = [];
  const server = await serveLocalSocket({
    path: at,
    format,
    clock: createFakeClock(),
    onConnection: (peer) => (header) => peer.send({ heard: header }),
    onFault: (detail) => faults.push(detail),
    ...options,
  });
  t.after(() => server.close());
  return { at, server, faults };
}

const framed = (header: unknown): Buffer => Buffer.concat(frameParts(format, header));

test('a peer is answered, and the socket is for its user and group alone', async (t) => {
  const { at } = await serving(t);
  assert.equal(statSync(at).mode & 0o777, 0o660);
  const client = await connectLocalSocket(at, format);
  client.send({ a: 1 });
  client.send({ b: 2 });
  assert.deepEqual(
    [(await client.next())?.header, (await client.next())?.header],
    [{ heard: { a: 1 } }, { heard: { b: 2 } }],
  );
  client.close();
  assert.equal(await client.next(), undefined);
});

test('the socket that an ended program left is replaced; a served one and a file of another kind are not', async (t) => {
  const { at } = await serving(t);
  const again = { path: at, format, clock: systemClock, onConnection: () => () => {}, onFault: () => {} };
  await assert.rejects(serveLocalSocket(again), {
    code: 'config-invalid',
    message: /another program serves/,
  });
  const file = path.join(folderOf(t), 'file');
  writeFileSync(file, 'kept');
  await assert.rejects(serveLocalSocket({ ...again, path: file }), { message: /a file of another kind/ });
  assert.ok(statSync(file).isFile());
});

test('a path that is too long and a group that does not exist are refused before anything is served', async (t) => {
  const folder = folderOf(t);
  const options = { format, clock: systemClock, onConnection: () => () => {}, onFault: () => {} };
  await assert.rejects(serveLocalSocket({ ...options, path: path.join(folder, 'x'.repeat(120)) }), {
    code: 'config-invalid',
  });
  const at = path.join(folder, 'core.sock');
  await assert.rejects(serveLocalSocket({ ...options, path: at, group: 'no-such-group-here' }), {
    message: /a group of this machine/,
  });
  assert.equal(statSync(at, { throwIfNoEntry: false }), undefined);
});

for (const [what, bytes] of [
  ['another protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['a header without an end', framed({ text: 'x'.repeat(70_000) })],
  ['more messages than any screen causes', Buffer.concat(Array.from({ length: 300 }, () => framed({})))],
  [
    'more bytes than any person causes',
    Buffer.concat(Array.from({ length: 10 }, () => framed({ text: 'x'.repeat(60_000) }))),
  ],
] as const)
  test(`a peer that sends ${what} is disconnected, and the next one is served`, async (t) => {
    const { at, server, faults } = await serving(t);
    const peer = connect(at);
    peer.on('error', () => {});
    await once(peer, 'connect');
    peer.write(bytes);
    peer.resume();
    await new Promise((resolve) => peer.once('close', resolve));
    await until(() => server.connections === 0, 'the peer is gone');
    assert.equal(faults.length, 1);
    const client = await connectLocalSocket(at, format);
    client.send({ fine: true });
    assert.deepEqual((await client.next())?.header, { heard: { fine: true } });
    client.close();
  });

test('a peer that does not read what it is sent is disconnected', async (t) => {
  const { at, faults } = await serving(t, {
    onConnection: (peer) => () => {
      for (let i = 0; i < 4000; i += 1) peer.send({ text: 'x'.repeat(900) });
    },
  });
  const peer = connect(at);
  peer.pause();
  peer.on('error', () => {});
  await once(peer, 'connect');
  peer.write(framed({}));
  await until(() => faults.length > 0, 'it is disconnected');
  assert.deepEqual(faults, ['a peer does not read what it is sent']);
  peer.destroy();
});

test('what a handler throws ends that connection alone', async (t) => {
  const { at, server, faults } = await serving(t, {
    onConnection: () => () => {
      throw new RangeError('Expected another kind of message.');
    },
  });
  const client = await connectLocalSocket(at, format);
  client.send({});
  assert.equal(await client.next(), undefined);
  assert.deepEqual(faults, ['Expected another kind of message.']);
  await until(() => server.connections === 0, 'the connection is gone');
});

test('connections are bounded at once and in a row, and after a pause the socket is there again', async (t) => {
  const clock = createFakeClock();
  const { at, server, faults } = await serving(t, { clock });
  const peers = Array.from({ length: 60 }, () => {
    const peer = connect(at);
    peer.on('error', () => {});
    return peer;
  });
  t.after(() => {
    for (const peer of peers) peer.destroy();
  });
  await until(() => faults.length > 0, 'too many have connected');
  assert.ok(server.connections <= MAX_CONNECTIONS);
  await assert.rejects(connectLocalSocket(at, format), { code: 'socket-unreachable' });
  for (const peer of peers) peer.destroy();
  clock.pass(60_000);
  await until(async () => {
    try {
      const client = await connectLocalSocket(at, format);
      client.send({ back: true });
      const answer = await client.next();
      client.close();
      return answer !== undefined;
    } catch {
      return false;
    }
  }, 'it is served again');
});

test('a path where no program answers says what to do', async (t) => {
  await assert.rejects(connectLocalSocket(path.join(folderOf(t), 'none.sock'), format), {
    code: 'socket-unreachable',
    message: /got no such file or folder/,
    hint: /Is the service running/,
  });
});
