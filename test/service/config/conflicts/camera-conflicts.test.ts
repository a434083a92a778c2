import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../../../src/service/config/parse-config.js';

const PASS = 'camera: { kind: usb, device: /dev/video2 }, reader_verifies_document: true';
const BADGE = 'max_fmr: "1 in 10,000", document_photo: allowed';

const configWith = ({
  pass = PASS,
  badge = BADGE,
  liveness = 'mode: require',
  camera = 'kind: usb, device: /dev/video0',
  south = '',
}) => `
site: s
gallery: { key_file: k }
mqtt: { url: "mqtts://b:8883" }
grants: { key_id: a, algorithm: ed25519, key_file: g }
lanes:
  - { id: north, gate: g, gate_key_file: gate.pub, direction: in, camera: { ${camera} }, verification: { ${badge} }, liveness: { ${liveness} }, document_camera: { ${pass} } }
${south}`;

test('a second camera with liveness and a reader that checks is taken, with a zone and a least size', () => {
  const [lane] = parseConfig(configWith({})).lanes;
  assert.deepEqual(lane?.document_camera, {
    camera: { kind: 'usb', device: '/dev/video2' },
    reader_verifies_document: true,
    roi: { x: 0, y: 0, width: 1, height: 1 },
    min_inter_ocular_px: 20,
    without_liveness: false,
  });
});

test('liveness may be required of badges alone, or be left out knowingly', () => {
  parseConfig(configWith({ liveness: 'mode: record, verification: require' }));
  parseConfig(configWith({ liveness: 'mode: off', pass: `${PASS}, without_liveness: true` }));
});

for (const [what, wrong, path, order] of [
  [
    'photographs are not allowed',
    { badge: 'max_fmr: "1 in 10,000"' },
    'lanes[0].verification.document_photo',
    'allowed',
  ],
  [
    'nobody vouches for the pass',
    { pass: 'camera: { kind: usb, device: /dev/video2 }' },
    'lanes[0].document_camera.reader_verifies_document',
    'true',
  ],
  [
    'nobody wants to vouch for it',
    { pass: 'camera: { kind: usb, device: /dev/video2 }, reader_verifies_document: false' },
    'lanes[0].document_camera.reader_verifies_document',
    'true',
  ],
  [
    'it is the camera of the lane',
    {
      pass: 'camera: { kind: usb, device: /dev/video0, width: 640, height: 480 }, reader_verifies_document: true',
    },
    'lanes[0].document_camera.camera',
    'lanes[0].camera',
  ],
  [
    'it is the camera of another lane',
    {
      south:
        '  - { id: south, gate: h, gate_key_file: gate.pub, direction: in, camera: { kind: usb, device: /dev/video2 }, verification: { max_fmr: 0.001 } }',
    },
    'lanes[0].document_camera.camera',
    'lanes[1].camera',
  ],
  [
    'it is the same stream with another login',
    {
      camera: 'kind: stream, url: "rtsp://cam/1"',
      pass: 'camera: { kind: stream, url: "rtsp://me:pw@cam/1" }, reader_verifies_document: true',
    },
    'lanes[0].document_camera.camera',
    'lanes[0].camera',
  ],
  ['liveness is only recorded', { liveness: 'mode: record' }, 'lanes[0].liveness.verification', 'require'],
  ['nothing is said of liveness', { liveness: '' }, 'lanes[0].liveness.verification', 'require'],
  [
    'liveness is not required of badges',
    { liveness: 'mode: require, verification: record' },
    'lanes[0].liveness.verification',
    'require',
  ],
  [
    'liveness is not required at some time',
    { liveness: 'mode: require, by_schedule: [{ schedule: always, mode: off }]' },
    'lanes[0].liveness.by_schedule[0].verification',
    'require',
  ],
  [
    'its zone leaves the picture',
    { pass: `${PASS}, roi: { x: 0.5, width: 0.6 }` },
    'lanes[0].document_camera.roi',
    'at most 1',
  ],
  [
    'no face has the size',
    { pass: `${PASS}, min_inter_ocular_px: 40, max_inter_ocular_px: 40` },
    'lanes[0].document_camera.max_inter_ocular_px',
    'more than',
  ],
] as const satisfies readonly (readonly [string, Parameters<typeof configWith>[0], string, string])[])
  test(`it is refused where ${what}`, () =>
    assert.throws(
      () => parseConfig(configWith(wrong)),
      ({ code, message }: { code: string; message: string }) => {
        assert.equal(code, 'config-invalid');
        const line = message.split('\n').find((one) => one.trim().startsWith(`${path}:`));
        assert.ok(line?.includes(order), message);
        return true;
      },
    ));
