import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http, { type RequestListener } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Server } from 'node:net';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { millis } from '../../../src/base/units.js';
import { bytesFrom } from '../../../src/biometrics/packs/download-pack.js';
import { openFleetSource } from '../../../src/fleet/repository/open-source.js';
import { declared, files, folderFor } from './sample.js';

const bytes = files['encoder.onnx'];
const file = declared('encoder.onnx', bytes);

async function listening<S extends Server>(t: TestContext, server: S): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A proxy that takes every name for this machine and writes down what it was asked for. */
async function proxyFor(t: TestContext, toPort: number) {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const { pathname } = new URL(request.url ?? '', 'http://none');
    http.get({ host: '127.0.0.1', port: toPort, path: pathname }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
  });
  server.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? 'without login'}`);
    const onward = net.connect(toPort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  const port = await listening(t, server);
  t.after(() => server.closeAllConnections());
  return { asked, port };
}

/** @returns the port of an https server for models.example and the names below it; undefined without openssl. */
async function secureServer(t: TestContext, answer: RequestListener): Promise<number | undefined> {
  const folder = await folderFor(t);
  const [cert, key] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
  const made = await promisify(execFile)('openssl', [
    ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'.split(' '),
    ...['-subj', '/CN=models.example', '-addext', 'subjectAltName=DNS:models.example,DNS:*.models.example'],
    ...['-keyout', key, '-out', cert],
  ]).catch(() => undefined);
  if (made === undefined) return undefined;
  const pem = { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') };
  const before = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...before, pem.cert]);
  t.after(() => tls.setDefaultCACertificates(before));
  const server = https.createServer(pem, answer);
  const port = await listening(t, server);
  t.after(() => server.closeAllConnections());
  return port;
}

async function fetched(url: string, env: NodeJS.ProcessEnv): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  const source = { pack: 'mobile', env, silence: millis(5000) };
  for await (const piece of bytesFrom({ ...file, url }, source)) pieces.push(piece);
  return Buffer.concat(pieces);
}

const redirecting: RequestListener = ({ url }, response) =>
  url === '/raw'
    ? response.writeHead(302, { location: 'https://media.models.example/media' }).end()
    : response.end(bytes);

for (const name of ['HTTPS_PROXY', 'https_proxy'])
  test(`a pack comes through the tunnel of ${name}, and so does where the server sends it to`, async (t) => {
    const port = await secureServer(t, redirecting);
    if (port === undefined) return t.skip('openssl is not installed');
    const proxy = await proxyFor(t, port);
    const env = { [name]: `http://u:p%40@127.0.0.1:${proxy.port}` };
    assert.deepEqual(await fetched('https://models.example/raw', env), bytes);
    const login = `Basic ${Buffer.from('u:p@').toString('base64')}`;
    assert.deepEqual(proxy.asked, [
      `CONNECT models.example:443 ${login}`,
      `CONNECT media.models.example:443 ${login}`,
    ]);
  });

test('a server whose certificate is not trusted is refused behind a proxy too', async (t) => {
  const port = await secureServer(t, redirecting);
  if (port === undefined) return t.skip('openssl is not installed');
  const proxy = await proxyFor(t, port);
  const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
  await assert.rejects(fetched('https://models.elsewhere/', env), {
    code: 'download-failed',
    message: /through the proxy .*altnames/,
  });
});

test('a pack behind plain http is fetched by the proxy of HTTP_PROXY', async (t) => {
  const port = await listening(
    t,
    http.createServer((_, response) => response.end(bytes)),
  );
  const proxy = await proxyFor(t, port);
  const env = { HTTP_PROXY: `127.0.0.1:${proxy.port}` };
  assert.deepEqual(await fetched('http://models.example/encoder.onnx', env), bytes);
  assert.deepEqual(proxy.asked, ['GET http://models.example/encoder.onnx']);
});

test('the fleet is asked through the proxy, and directly at this machine or where NO_PROXY says so', async (t) => {
  const port = await listening(
    t,
    http.createServer((_, response) => response.end('direct')),
  );
  const proxy = await proxyFor(t, port);
  const env = { HTTP_PROXY: `127.0.0.1:${proxy.port}` };
  const ask = async (source: string, more: NodeJS.ProcessEnv = {}) => {
    const opened = openFleetSource(source, { ...env, ...more });
    t.after(() => opened.close());
    return (await opened.fetch('timestamp.json', 100))?.toString();
  };
  assert.equal(await ask('http://fleet.example/repo'), 'direct');
  assert.deepEqual(proxy.asked, ['GET http://fleet.example/repo/timestamp.json']);
  assert.equal(await ask(`http://127.0.0.1:${port}/repo`), 'direct');
  await assert.rejects(ask('http://fleet.invalid/repo', { NO_PROXY: '.invalid' }), /ENOTFOUND|EAI_AGAIN/);
  assert.equal(proxy.asked.length, 1);
});

test('a proxy that refuses is named without its login, with what to check', async (t) => {
  const server = http.createServer();
  server.on('connect', (_, socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'));
  const port = await listening(t, server);
  const env = { HTTPS_PROXY: `http://user:secret@127.0.0.1:${port}` };
  await assert.rejects(fetched('https://models.example/raw', env), (error: Error & { hint?: string }) => {
    assert.match(error.message, /through the proxy http:\/\/127\.0\.0\.1:\d+: .*407/);
    assert.match(error.hint ?? '', /^Check HTTPS_PROXY.*--mirror/);
    assert.doesNotMatch(`${error.message}${error.hint}`, /secret/);
    return true;
  });
});

test('redirections without end are given up', async (t) => {
  const server = http.createServer((_, response) => response.writeHead(302, { location: '/again' }).end());
  const port = await listening(t, server);
  await assert.rejects(fetched(`http://127.0.0.1:${port}/`, {}), /more than 5 redirections/);
});

test('every shipped address names a commit, so that no later push changes what is fetched', async () => {
  const folder = path.resolve(import.meta.dirname, '../../../models/cards');
  for (const card of ['mobile.json', 'zoo.json']) {
    const urls = (await readFile(path.join(folder, card), 'utf8')).match(/"https:[^"]+"/g) ?? [];
    assert.ok(urls.length >= 2, card);
    for (const url of urls) assert.match(url, /\/[0-9a-f]{40}\//, card);
  }
});
