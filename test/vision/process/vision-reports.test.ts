import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trackId } from '../../../src/base/ids.js';
import { frameSeq, millis, monotonic } from '../../../src/base/units.js';
import { SNAPSHOT } from '../../../src/vision/ports/picture.js';
import type { FaceReport, FrameReport } from '../../../src/vision/ports/vision.js';
import { MessageDecoder, REPORT_LIMITS } from '../../../src/vision/process/framing.js';
import { keepOrder } from '../../../src/vision/process/receive-reports.js';
import {
  decodeReport,
  encodeReport,
  type ProcessReport,
} from '../../../src/vision/process/vision-reports.js';

const t = millis(1.5);
const face = (n: number, more: Partial<FaceReport> = {}): FaceReport => ({
  track: trackId(`3f2a-${n}`),
  box: { x: -3.5, y: 2, width: 80, height: 90 },
  score: 0.9,
  interOcular: 40,
  atGate: true,
  problems: ['blurred'],
  ...more,
});
const frame = (more: Partial<FrameReport> = {}): FrameReport => ({
  kind: 'frame',
  seq: frameSeq(4),
  at: monotonic(1000.25),
  width: 640,
  height: 480,
  gate: { who: 'one', track: trackId('3f2a-1') },
  faces: [
    face(1, { embedding: Float32Array.of(0.1, -2), liveness: 0.75, pose: { turn: -0.25, nod: 0.5 } }),
    face(2),
    face(3, { embedding: Float32Array.of(3, 4) }),
  ],
  ended: [trackId('3f2a-0')],
  skipped: 2,
  timings: { read: t, detect: t, track: t, quality: t, align: t, encode: t, liveness: t },
  ...more,
});

const snapshot = {
  kind: 'snapshot',
  id: 0,
  width: 2,
  height: 1,
  bytes: Uint8Array.of(0xff, 0xd8, 0xff),
} as const;
const JPEG_OF_TOO_MANY = new Uint8Array(SNAPSHOT.bytes + 1).fill(0xff, 0, 3).fill(0xd8, 1, 2);

function throughThePipe(report: ProcessReport, dimension = 2): ProcessReport {
  const [message] = [...new MessageDecoder(REPORT_LIMITS).push(Buffer.concat(encodeReport(report)))];
  assert.ok(message);
  return decodeReport(message, dimension);
}

for (const report of [
  frame(),
  frame({ gate: { who: 'several' }, faces: [] }),
  { kind: 'camera', status: 'unplugged', at: monotonic(3), detail: 'gone' },
  { kind: 'ready', provider: 'cpu', pid: 12, startup: t },
  { kind: 'end', frames: 3 },
  { kind: 'heartbeat' },
  { kind: 'canary', face: Float32Array.of(1, 2), other: Float32Array.of(3, 4) },
  { kind: 'snapshot', id: 2, width: 1280, height: 720, bytes: Uint8Array.of(0xff, 0xd8, 0xff, 7) },
  { kind: 'failed', code: 'pack-missing', message: 'Expected a pack, got none.' },
  { kind: 'photo', id: 3, result: { kind: 'unreadable', detail: 'no picture' } },
  { kind: 'pass', id: 5, result: { kind: 'no-picture', detail: 'no camera' } },
  {
    kind: 'pass',
    id: 6,
    result: {
      kind: 'faces',
      faces: [{ box: face(1).box, interOcular: 24, problems: [], embedding: Float32Array.of(5, 6) }],
    },
  },
  {
    kind: 'photo',
    id: 4,
    result: {
      kind: 'faces',
      faces: [{ box: face(1).box, interOcular: 30, problems: [], embedding: Float32Array.of(5, 6) }],
    },
  },
] as const satisfies readonly ProcessReport[]) {
  test(`carries over a report of kind '${report.kind}' unchanged`, () =>
    assert.deepEqual(throughThePipe(report), report));
}

for (const [name, report] of [
  ['a score above 1', frame({ faces: [face(1, { score: 1.01 })] })],
  ['a NaN', frame({ faces: [face(1, { interOcular: Number.NaN })] })],
  ['an infinite time', frame({ at: monotonic(Number.POSITIVE_INFINITY) })],
  [
    'a box outside of all pictures',
    frame({ faces: [face(1, { box: { x: 1e6, y: 0, width: 1, height: 1 } })] }),
  ],
  ['a negative width', frame({ faces: [face(1, { box: { x: 0, y: 0, width: -1, height: 1 } })] })],
  ['65 faces', frame({ faces: Array.from({ length: 65 }, (_, n) => face(n)) })],
  ['one track twice', frame({ faces: [face(1), face(1)] })],
  ['somebody at the gate who is not in the picture', frame({ faces: [face(2)] })],
  ['an embedding of another length', frame({ faces: [face(1, { embedding: Float32Array.of(1, 2, 3) })] })],
  ['an embedding with NaN', frame({ faces: [face(1, { embedding: Float32Array.of(1, Number.NaN) })] })],
  ['a canary of NaN', { kind: 'canary', face: Float32Array.of(1, Number.NaN), other: Float32Array.of(3, 4) }],
  ['a canary of another length', { kind: 'canary', face: Float32Array.of(1), other: Float32Array.of(3) }],
  ['a snapshot that is no JPEG', { ...snapshot, bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47) }],
  ['a snapshot without bytes', { ...snapshot, bytes: new Uint8Array() }],
  ['a snapshot that is too long', { ...snapshot, bytes: JPEG_OF_TOO_MANY }],
  ['a snapshot that says it is larger', { ...snapshot, width: 1281 }],
  ['a key nobody knows', Object.assign(frame(), { open: true })],
] as const) {
  test(`refuses ${name}`, () => assert.throws(() => throughThePipe(report), { code: 'vision-protocol' }));
}

for (const [name, next] of [
  ['a frame number that repeats', frame()],
  ['a time that falls', frame({ seq: frameSeq(5), at: monotonic(1000) })],
  ['a time in the future', frame({ seq: frameSeq(5), at: monotonic(1200) })],
] as const) {
  test(`refuses ${name}`, () => {
    const check = keepOrder(false);
    check(frame(), monotonic(1010));
    assert.throws(() => check(next, monotonic(1100)), { code: 'vision-protocol' });
  });
}

test('encodes a frame in less than 0.3 ms', () => {
  const busy = frame({
    faces: Array.from({ length: 5 }, (_, n) => face(n + 1, { embedding: new Float32Array(512) })),
  });
  for (let n = 0; n < 500; n += 1) encodeReport(busy);
  const start = performance.now();
  for (let n = 0; n < 1000; n += 1) encodeReport(busy);
  assert.ok((performance.now() - start) / 1000 < 0.3);
});
