import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { askStream } from '../../../src/service/cameras/ask-stream.js';

const PICTURE = `Content-Type: image/jpeg\r\n\r\n${'x'.repeat(200)}\r\n`;
const STREAM = { 'content-type': 'multipart/x-mixed-replace;boundary=frame' };

async function cameraThat(t: Pick<TestContext, 'after'>, answer: (out: ServerResponse) => void) {
  const server = createServer((_, out) => answer(out));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://admin:secret@127.0.0.1:${(server.address() as AddressInfo).port}/video`;
}

for (const [name, answer, said] of [
  [
    'refuses the login',
    (out) => out.writeHead(401, { 'www-authenticate': 'Basic realm="c"' }).end(),
    /refuses the login \(401\)/,
  ],
  [
    'refuses the login by Digest',
    (out) => out.writeHead(401, { 'www-authenticate': 'Digest realm="c"' }).end(),
    /refuses the login \(401\)/,
  ],
  [
    'shows a login page',
    (out) => out.writeHead(200, { 'content-type': 'text/html' }).end('<form>'),
    /a page and not/,
  ],
  ['has no such path', (out) => out.writeHead(404).end(), /answers 404/],
  [
    'gives one picture',
    (out) => out.writeHead(200, { 'content-type': 'image/jpeg' }).end('x'),
    /one picture and not/,
  ],
  [
    'leaves out the first boundary',
    (out) => void out.writeHead(200, STREAM).write(`${PICTURE}--frame\r\n`),
    /without the boundary/,
  ],
  [
    'asks for a login of an unknown kind',
    (out) => out.writeHead(401, { 'www-authenticate': 'Negotiate' }).end(),
    /of a kind that FFmpeg does not know/,
  ],
  ['sends elsewhere', (out) => out.writeHead(302, { location: '/login' }).end(), /sends elsewhere \(302\)/],
  ['has no stream left', (out) => out.writeHead(503).end(), /no stream left/],
  [
    'begins a stream and sends no picture',
    (out) => void out.writeHead(200, STREAM).flushHeaders(),
    /no picture for 3 s/,
  ],
  ['sends nothing', () => {}, /sends nothing/],
] satisfies [string, (out: ServerResponse) => unknown, RegExp][])
  test(`doctor says of a network camera that it ${name}`, async (t) => {
    const told = await askStream(await cameraThat(t, answer));
    assert.match(told?.detail ?? '', said);
    assert.ok(!JSON.stringify(told).includes('secret') && (told?.todo.length ?? 0) > 20);
  });

/** A camera whose answer of RTSP depends on the request. @returns its address with the login "admin", "se/cret". */
async function rtspThat(
  t: Pick<TestContext, 'after'>,
  answer: (request: string) => string,
  login = 'admin:se%2Fcret@',
) {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      const text = answer(data.toString('latin1'));
      if (text !== '') socket.write(text);
    });
    t.after(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return `rtsp://${login}127.0.0.1:${(server.address() as AddressInfo).port}/live`;
}

const status = (code: number, ...more: readonly string[]) =>
  [`RTSP/1.0 ${code} X`, 'CSeq: 1', ...more, '', ''].join('\r\n');
const described = (sdp: string) => `${status(200, `Content-Length: ${sdp.length}`)}${sdp}`;
const DIGEST = 'WWW-Authenticate: Digest realm="cam", nonce="n1", qop="auth"';
const md5 = (text: string) => createHash('md5').update(text).digest('hex');

/** As RFC 7616 has it, checked by itself. */
function isRightDigest(request: string): boolean {
  const field = (name: string) => new RegExp(`\\b${name}="?([^",\r]+)`).exec(request)?.[1] ?? '';
  const uri = /^DESCRIBE (\S+)/.exec(request)?.[1] ?? '';
  const middle = `n1:${field('nc')}:${field('cnonce')}:auth`;
  return (
    field('response') === md5(`${md5('admin:cam:se/cret')}:${middle}:${md5(`DESCRIBE:${uri}`)}`) &&
    field('uri') === uri
  );
}

for (const [name, answer, said] of [
  ['has no stream at this path', () => status(404), /It answers 404/],
  [
    'refuses the login by Basic',
    () => status(401, 'WWW-Authenticate: Basic realm="c"'),
    /refuses the login \(401\)/,
  ],
  ['refuses the login by Digest', () => status(401, DIGEST), /refuses the login \(401\)/],
  ['has no stream left', () => status(453), /no stream left for this box \(453\)/],
  ['has sound alone', () => described('v=0\r\nm=audio 0 RTP/AVP 0\r\n'), /no video/],
  ['speaks HTTP', () => 'HTTP/1.1 400 Bad Request\r\n\r\n', /does not speak RTSP/],
  ['sends nothing', () => '', /sends nothing/],
] as const satisfies readonly (readonly [string, (request: string) => string, RegExp])[])
  test(`doctor says of an RTSP camera that it ${name}`, async (t) => {
    const told = await askStream(await rtspThat(t, answer));
    assert.match(told?.detail ?? '', said);
    assert.doesNotMatch(JSON.stringify(told), /se.?cret|USB/);
    assert.ok((told?.todo.length ?? 0) > 20);
  });

test('says of an RTSP camera that wants a login that the address has none', async (t) => {
  const url = await rtspThat(t, () => status(401, DIGEST), '');
  assert.match((await askStream(url))?.detail ?? '', /asks for a login \(401\)/);
});

test('has nothing to say of an RTSP camera that takes the login by Digest and describes its video', async (t) => {
  const url = await rtspThat(t, (request) => {
    assert.doesNotMatch(request, /se\/cret/);
    return isRightDigest(request) ? described('v=0\r\nm=video 0 RTP/AVP 96\r\n') : status(401, DIGEST);
  });
  assert.equal(await askStream(url), undefined);
});

test('has nothing to say of an MJPEG stream as it should be', async (t) => {
  const url = await cameraThat(t, (out) => void out.writeHead(200, STREAM).write(`--frame\r\n${PICTURE}`));
  assert.equal(await askStream(url), undefined);
});

test('says that nothing is there, over HTTP and RTSP', async () => {
  for (const scheme of ['http', 'rtsp'])
    assert.match(
      (await askStream(`${scheme}://127.0.0.1:1/x`))?.detail ?? '',
      /cannot be reached \(ECONNREFUSED\)/,
    );
});
