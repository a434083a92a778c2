import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import { httpSource } from '../../../src/fleet/repository/http-source.js';

/** A server that answers as told, and a source with short limits. */
async function server(t: TestContext, answer: http.RequestListener, limits = { silence: 300, total: 1500 }) {
  const listening = http.createServer(answer).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  const source = httpSource(new URL(`http://127.0.0.1:${port}/repo/`), undefined, limits);
  t.after(async () => {
    await source.close();
    listening.closeAllConnections();
    listening.close();
  });
  return source;
}

const fails = (code: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof TwinstileError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, words);
  return true;
};

test('gives the bytes of a file below its address', async (t) => {
  const source = await server(t, ({ url }, response) => response.end(`you asked ${url}`));
  assert.equal((await source.fetch('blobs/ab/cd', 100))?.toString(), 'you asked /repo/blobs/ab/cd');
});

for (const status of [404, 403])
  test(`says of status ${status} that there is no such file`, async (t) => {
    const source = await server(t, (_, response) => response.writeHead(status).end('no'));
    assert.equal(await source.fetch('x', 100), undefined);
  });

for (const status of [500, 502, 301, 204])
  test(`status ${status} is an answer that says nothing`, async (t) => {
    const source = await server(t, (_, response) => response.writeHead(status).end());
    await assert.rejects(source.fetch('x', 100), fails('fleet-unreachable', new RegExp(`status ${status}`)));
  });

test('stops reading a server that sends without end', async (t) => {
  let sent = 0;
  const source = await server(t, (_, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  });
  await assert.rejects(source.fetch('x', 10_000), fails('fleet-refused', /at most 10000 bytes/));
  assert.ok(sent < 50_000_000, `${sent} bytes`);
});

test('gives up on a server that is silent', async (t) => {
  const source = await server(t, () => {});
  await assert.rejects(source.fetch('x', 100), fails('fleet-unreachable', /silence/));
});

test('gives up on a server that drips', async (t) => {
  const source = await server(t, (_, response) => {
    const timer = setInterval(() => response.write('.'), 100);
    response.on('close', () => clearInterval(timer));
  });
  await assert.rejects(source.fetch('x', 10_000), fails('fleet-unreachable', /no end within 1.5 s/));
});

test('an answer that breaks off is no answer', async (t) => {
  const source = await server(t, (_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => response.destroy());
  });
  await assert.rejects(source.fetch('x', 100), fails('fleet-unreachable', /got/));
});

test('a kept connection that the server closes as it is used again is replaced by a new one', async (t) => {
  let asked = 0;
  const source = await server(t, ({ socket }, response) => {
    asked += 1;
    // The second request on this connection finds it closing.
    socket.removeAllListeners('data');
    response.end('ok', () => setImmediate(() => socket.on('data', () => socket.destroy())));
  });
  assert.equal((await source.fetch('x', 100))?.toString(), 'ok');
  assert.equal((await source.fetch('x', 100))?.toString(), 'ok');
  assert.equal(asked, 2);
});

test('nobody at the address is said with what to check', async () => {
  const source = httpSource(new URL('http://127.0.0.1:1/'));
  await assert.rejects(source.fetch('x', 100), fails('fleet-unreachable', /ECONNREFUSED/));
});

test('stops when it is told to', async (t) => {
  const stop = new AbortController();
  const source = await server(t, () => stop.abort());
  await assert.rejects(source.fetch('x', 100, stop.signal), fails('stopped', /stopped on request/));
});

test('a proxy is asked to connect to the server, with a login', async () => {
  const asked: string[] = [];
  const proxy = http.createServer().listen(0, '127.0.0.1');
  proxy.on('connect', (request, socket) => {
    asked.push(`${request.url} ${request.headers['proxy-authorization']}`);
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
  });
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  const source = httpSource(new URL('https://fleet.example/'), new URL(`http://u:p@127.0.0.1:${port}`));
  await assert.rejects(source.fetch('x', 100), fails('fleet-unreachable', /407/));
  assert.deepEqual(asked, [`fleet.example:443 Basic ${Buffer.from('u:p').toString('base64')}`]);
  await source.close();
  proxy.closeAllConnections();
  proxy.close();
});
