import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  addressParts,
  keepBack,
  showAddress,
  showSource,
  withoutAddresses,
} from '../../src/base/shown-address.js';
import { parseConfig } from '../../src/service/config/parse-config.js';
import { formatValue } from '../../src/service/config/sections/raw-config.js';
import { holds } from '../support/properties.js';

for (const [written, shown] of [
  ['rtsp://10.0.0.7:554/stream', 'rtsp://10.0.0.7:554'],
  ['rtsp://admin:secret@10.0.0.7:554/stream', 'rtsp://10.0.0.7:554'],
  ['rtsp://admin:sec/ret@10.0.0.7:554/stream', '(address kept back)'],
  ['rtsp://admin:12/34@cam/stream', '(address kept back)'],
  ['rtsp://admin:se@cret@cam/stream', 'rtsp://cam'],
  ['rtsp://admin:se?cret@cam', '(address kept back)'],
  ['rtsp://admin:se#cret@cam', '(address kept back)'],
  ['rtsp://admin:secret', '(address kept back)'],
  ['rtsp://admin:se cret@cam', 'rtsp://cam'],
  ['http://cam/video?user=admin&pwd=secret', 'http://cam'],
  ['http://cam/video?pwd=se@cret', '(address kept back)'],
  ['rtsp://cam:554/user=admin&password=secret&channel=1', 'rtsp://cam:554'],
  ['http://admin:secret@[fe80::1%25eth0]/x', '(address kept back)'],
  ['rtsp://admin:secret@[fe80::1]:554/x', 'rtsp://[fe80::1]:554'],
  ['MQTTS://Broker.Example:8883', 'mqtts://Broker.Example:8883'],
  ['postgres://people@db.example:5432/people?sslmode=require', 'postgres://db.example:5432'],
  ['http://admin\\secret@cam', '(address kept back)'],
  ['rtsp://cam:70000/', '(address kept back)'],
  ['rtsp://', '(address kept back)'],
  ['admin:secret@cam', '(address kept back)'],
] as const)
  test(`of ${written} is shown ${shown}`, () => assert.equal(showAddress(written), shown));

test('a camera is shown with its path, but for one that holds names and values', () => {
  const shown = (path: string) => showAddress(`rtsp://a:b@cam:554${path}`, { path: true, mark: true });
  assert.equal(shown('/live/1?token=x'), 'rtsp://…@cam:554/live/1');
  assert.equal(shown('/user=admin&password=secret'), 'rtsp://…@cam:554');
});

test('a file or a folder is shown as it is, and what may be half of a login is not', () => {
  assert.equal(showSource('/srv/clips/again.mkv'), '/srv/clips/again.mkv');
  assert.equal(showSource('rtsp:/admin:secret@cam'), '(address kept back)');
  assert.equal(showSource('admin:secret@cam'), '(address kept back)');
});

/** What ends a host for one reader or another, and what ends a word in a line. */
const JOINTS = [
  '/',
  '?',
  '#',
  '@',
  ':',
  '%',
  '\\',
  '&',
  '=',
  '+',
  '%2F',
  '.',
  '-',
  ' ',
  '"',
  "'",
  '|',
  '!',
  ';',
];
const piece = fc
  .array(fc.constantFrom(...'ABCDEFGHJKLMNPQRSTUVWXYZ0123456789'), { minLength: 5, maxLength: 9 })
  // Marks what must never be seen: no host, path or word of ours holds it.
  .map((letters) => `Zq${letters.join('')}`);
const secretOf = (joints: readonly string[]) =>
  fc
    .tuple(piece, fc.array(fc.tuple(fc.constantFrom(...joints), piece), { maxLength: 3 }))
    .map(([first, more]) => ({
      text: first + more.flat().join(''),
      pieces: [first, ...more.map(([, one]) => one)],
    }));
const secret = secretOf(JOINTS);
/** Of a query without an @ behind it nobody can tell where it ends, unless it is known. */
const query = secretOf(JOINTS.filter((joint) => !/[\s"'|]/.test(joint)));

const address = fc
  .record({
    scheme: fc.constantFrom('rtsp', 'rtsps', 'http', 'https', 'mqtt', 'mqtts', 'postgres'),
    user: fc.option(secret),
    password: secret,
    host: fc.constantFrom('cam', '10.0.0.7', 'cam-7.example', '[fe80::1]'),
    port: fc.constantFrom('', ':554', ':8883'),
    path: fc.constantFrom('', '/', '/stream/1'),
    query: fc.option(query),
    damage: fc.constantFrom(
      (text: string) => text,
      (text: string) => text.replace('://', ':/'),
      (text: string) => text.replace('://', ':///'),
      (text: string) => text.replace(/:(\d+)/, ':99999'),
      (text: string) => ` ${text} `,
      (text: string) => text.replace('@', '@@'),
      (text: string) => text.replace('//', '\\\\'),
    ),
  })
  .map(({ scheme, user, password, host, port, path, query: asked, damage }) => ({
    text: damage(
      `${scheme}://${user?.text ?? 'admin'}:${password.text}@${host}${port}${path}${asked === null ? '' : `?pwd=${asked.text}`}`,
    ),
    pieces: [...(user?.pieces ?? []), ...password.pieces, ...(asked?.pieces ?? [])],
  }));

const expectNothing = (out: string, pieces: readonly string[]): void => {
  for (const one of pieces) assert.ok(!out.includes(one), `${one} is shown in ${out}`);
};

test('never any part of a login or query is in what is shown of an address, well written or not', async (t) => {
  await holds(
    t,
    fc.property(address, ({ text, pieces }) => {
      expectNothing(showAddress(text), pieces);
      expectNothing(showAddress(text, { path: true, mark: true }), pieces);
      expectNothing(showSource(text), pieces);
      expectNothing(formatValue(text), pieces);
      expectNothing(JSON.stringify(addressParts(text) ?? {}), pieces);
    }),
    { short: 3000, long: 20_000 },
  );
});

test('never any part of a camera’s login or query is in a line that FFmpeg, OpenCV or GStreamer writes of it', async (t) => {
  const said = fc.constantFrom(
    (url: string) => `[rtsp @ 0x55d0c8] method DESCRIBE failed: 401 Unauthorized ${url}`,
    (url: string) => `${url}: Invalid data found when processing input`,
    (url: string) =>
      `[ERROR:0@1.203] global cap.cpp:166 open VIDEOIO(CV_IMAGES): can't open '${url}' by name`,
    (url: string) => `OpenCV(4.6.0) GStreamer: unable to start pipeline rtspsrc location="${url}" latency=0`,
    (url: string) => `could not open ${encodeURI(url)}, nor ${encodeURIComponent(url)} | ${url}`,
  );
  await holds(
    t,
    fc.property(address, said, ({ text, pieces }, line) => {
      expectNothing(keepBack([text.trim()])(line(text)), pieces);
    }),
    { short: 3000, long: 100_000 },
  );
});

test('never any part of a login is left in a text that repeats an address which is not known here', async (t) => {
  const plain = address.filter(({ text }) => /^[a-z]+:\/\/\S/.test(text));
  await holds(
    t,
    fc.property(plain, ({ text, pieces }) => {
      expectNothing(withoutAddresses(`Expected an answer from ${text}, got none.`), pieces);
      expectNothing(withoutAddresses(`[http @ 0x55d0] first line\n${text}: failed`), pieces);
    }),
    { short: 3000, long: 100_000 },
  );
});

test('never any part of a login is in what is said of a configuration that is wrong', async (t) => {
  const places = fc.constantFrom(
    (url: string) => `lanes: [{ camera: { kind: stream, url: ${JSON.stringify(url)}, fps: x } }]`,
    (url: string) => `lanes: [{ camera: { kind: stream, url: ${JSON.stringify(`x${url}`)} } }]`,
    (url: string) => `lanes: [{ camera: { kind: usb, device: ${JSON.stringify(url)} } }]`,
    (url: string) => `mqtt: { url: ${JSON.stringify(url)} }`,
    (url: string) => `registrar: { database: ${JSON.stringify(url)} }`,
    (url: string) => `site: ${JSON.stringify(url)}`,
    (url: string) => `${JSON.stringify(url)}: 1`,
    (url: string) => `site: s\nlanes:\n  - camera:\n      url: "${url}\n   x: [\n`,
    (url: string) => `site: s\nlanes:\n  - camera: { kind: stream, url: ${JSON.stringify(url)}, url: 2 }\n`,
    (url: string) => `site: s\n\tcamera: ${url}\n`,
    (url: string) => `site: ${url}: x: y\n  z: 1\n`,
  );
  await holds(
    t,
    fc.property(address, places, ({ text, pieces }, place) => {
      try {
        parseConfig(place(text));
      } catch (error) {
        expectNothing(error instanceof Error ? `${error.message}` : '', pieces);
        return;
      }
      assert.fail('Expected a configuration that is wrong');
    }),
    { short: 600, long: 5_000 },
  );
});

for (const text of [
  'Expected mqtt://HOST:PORT or mqtts://HOST:PORT, without a login in it.',
  'Expected postgres://USER@HOST:PORT/NAME, with ?sslmode=require.',
  'see https://nodejs.org/api/errors and [rtsp @ 0x55d0c8] here',
])
  test(`a text of our own stays what it is: ${text}`, () => assert.equal(withoutAddresses(text), text));
