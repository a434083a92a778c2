import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { millis } from '../../../src/base/units.js';
import { discoverCameras, readProbeMatches } from '../../../src/service/cameras/onvif-discovery.js';

const ID = 'urn:uuid:1';
/** As two makers write it, with prefixes of their own. */
const answerTo = (id: string, match: string) =>
  `<?xml version="1.0"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="x"><SOAP-ENV:Header><wsa:RelatesTo>${id}</wsa:RelatesTo></SOAP-ENV:Header><SOAP-ENV:Body><d:ProbeMatches>${match}</d:ProbeMatches></SOAP-ENV:Body></SOAP-ENV:Envelope>`;
const match = (addresses: string, scopes = '') =>
  `<d:ProbeMatch><d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>${scopes}</d:Scopes><d:XAddrs>${addresses}</d:XAddrs></d:ProbeMatch>`;

for (const [name, xml, expected] of [
  [
    'the first address that IPv4 reaches, with name and hardware',
    answerTo(
      ID,
      match(
        'http://[fe80::1]/onvif/device_service http://169.254.1.1/onvif/device_service http://10.0.0.7/onvif/device_service',
        'onvif://www.onvif.org/hardware/M-1 onvif://www.onvif.org/name/Front%20door',
      ),
    ),
    [{ address: 'http://10.0.0.7/onvif/device_service', name: 'Front door', hardware: 'M-1' }],
  ],
  [
    'a camera without scopes',
    answerTo(ID, match('http://10.0.0.8:8000/onvif')),
    [{ address: 'http://10.0.0.8:8000/onvif', name: undefined, hardware: undefined }],
  ],
  ['nothing in an answer to another question', answerTo('urn:uuid:2', match('http://10.0.0.7/x')), []],
  [
    'nothing in an address with a login or an escape',
    answerTo(ID, match('http://a:b@10.0.0.7/x http://10.0.0.7/\u001b[2J')),
    [],
  ],
  ['nothing in what is no XML', 'hello', []],
] as const)
  test(`reads ${name}`, () => {
    assert.deepEqual(readProbeMatches(xml, ID), expected);
  });

/** A camera on the loopback, which answers each Probe as often as told. */
async function cameraAnswering(t: TestContext, answer: (id: string) => readonly string[]) {
  const socket = createSocket('udp4');
  const probes: string[] = [];
  socket.on('message', (message, from) => {
    probes.push(message.toString());
    const id = /MessageID>([^<]+)</.exec(message.toString())?.[1] ?? '';
    for (const text of answer(id)) socket.send(text, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => socket.close());
  return { probes, port: socket.address().port };
}
const discover = (port: number) =>
  discoverCameras({ wait: millis(400), group: { host: '127.0.0.1', port }, interfaces: ['127.0.0.1'] });

test('finds each camera that answers the one question, once, and sends no login', async (t) => {
  const { probes, port } = await cameraAnswering(t, (id) => [
    answerTo(id, match('http://10.0.0.9/onvif')),
    answerTo(id, match('http://10.0.0.7/onvif')),
    answerTo(id, match('http://10.0.0.7/onvif')),
    answerTo('urn:uuid:other', match('http://10.0.0.66/onvif')),
    'garbage',
  ]);
  assert.deepEqual(
    (await discover(port)).map(({ address }) => address),
    ['http://10.0.0.7/onvif', 'http://10.0.0.9/onvif'],
  );
  assert.equal(probes.length, 1);
  assert.match(probes[0] ?? '', /NetworkVideoTransmitter/);
  assert.doesNotMatch(probes[0] ?? '', /Security|Password/);
});

test('keeps at most 256 cameras of a network that answers without end', async (t) => {
  const { port } = await cameraAnswering(t, (id) =>
    Array.from({ length: 400 }, (_, index) => answerTo(id, match(`http://10.0.1.${index}/onvif`))),
  );
  const found = await discover(port);
  assert.ok(found.length > 0 && found.length <= 256, `${found.length}`);
});

test('finds none, and does not fail, where nobody answers or an address is not of this machine', async () => {
  assert.deepEqual(await discover(9), []);
  assert.deepEqual(
    await discoverCameras({
      wait: millis(50),
      group: { host: '127.0.0.1', port: 9 },
      interfaces: ['203.0.113.1'],
    }),
    [],
  );
});
