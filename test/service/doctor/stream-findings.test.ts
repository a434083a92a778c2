import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { askStream } from '../../../src/service/doctor/stream-findings.js';

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
    'asks for Digest',
    (out) => out.writeHead(401, { 'www-authenticate': 'Digest realm="c"' }).end(),
    /login by Digest/,
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
  ['sends nothing', () => {}, /sends nothing/],
] satisfies [string, (out: ServerResponse) => unknown, RegExp][])
  test(`doctor says of a network camera that it ${name}`, async (t) => {
    const told = await askStream(await cameraThat(t, answer));
    assert.match(told?.detail ?? '', said);
    assert.ok(!JSON.stringify(told).includes('secret') && (told?.todo.length ?? 0) > 20);
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
