/** Stands for a vision process, honest at first; what it does then stands in FAKE. Says `evil` before the first bad byte. */
import { writeSync } from 'node:fs';
import { trackId } from '../../../src/base/ids.js';
import { frameSeq, millis, monotonic } from '../../../src/base/units.js';
import type { FrameReport } from '../../../src/vision/ports/vision.js';
import { openCoreLink } from '../../../src/vision/process/core-link.js';
import { frameMessage } from '../../../src/vision/process/framing.js';

const now = () => monotonic(Number(process.hrtime.bigint()) / 1e6);
const none = millis(0);
const kind = process.env.FAKE ?? 'good';
/** Somebody stands there for so many frames, then nobody, then the next. */
const STAY = Number(process.env.STAY ?? 12);
const GAP = 6;
const EVERY_MS = 40;
const DIMENSION = Number(process.env.DIMENSION ?? 4);
/** Pixels by which whoever stands there moves from frame to frame. */
const STEP = Number(process.env.STEP ?? 0);

function frame(seq: number): FrameReport {
  const visit = Math.floor(seq / (STAY + GAP));
  const here = kind === 'good' && seq % (STAY + GAP) < STAY;
  const track = trackId(`${process.pid}-${visit}`);
  const box = { x: 10 + STEP * (seq % (STAY + GAP)), y: 10, width: 80, height: 90 };
  const embedding = new Float32Array(DIMENSION);
  embedding.set([0.6, 0.8, 0, seq * 1e-6]);
  const face = { track, box, score: 0.9, interOcular: 40, atGate: true, problems: [], embedding };
  return {
    kind: 'frame',
    seq: frameSeq(seq),
    at: now(),
    width: 640,
    height: 480,
    gate: here ? { who: 'one', track } : { who: 'nobody' },
    faces: here ? [face] : [],
    ended: [],
    skipped: 0,
    timings: {
      read: none,
      detect: none,
      track: none,
      quality: none,
      align: none,
      encode: none,
      liveness: none,
    },
  };
}

const raw = (bytes: Uint8Array) => {
  try {
    writeSync(3, bytes);
  } catch {
    // The pipe is full or gone: a flood goes on until the process is ended.
  }
};
const header = (value: unknown, payload: Uint8Array = new Uint8Array(0)) =>
  raw(Buffer.concat(frameMessage(value, payload)));
const ENROLLED = Float32Array.of(1, 0, 0, 0);
const face = {
  track: 't-1',
  box: { x: 1, y: 1, width: 50, height: 50 },
  score: 0.9,
  interOcular: 40,
  atGate: true,
  problems: [],
};
/** A frame that shows the enrolled person, with something wrong in it. */
const forged = (seq: number, change: object = {}, vector: Uint8Array = Buffer.from(ENROLLED.buffer)) => {
  const honest = { ...frame(seq), gate: { who: 'one', track: 't-1' }, faces: [{ ...face, embedding: 0 }] };
  header({ ...honest, ...change }, vector);
};

function misbehave(): void {
  process.stderr.write('evil\n');
  const next = 5;
  if (kind === 'flood-heartbeats') setInterval(() => flood({ kind: 'heartbeat' }), 1);
  if (kind === 'flood-frames') {
    let seq = next;
    setInterval(() => {
      for (let n = 0; n < 500; n += 1) {
        forged(seq);
        seq += 1;
      }
    }, 1);
  }
  if (kind === 'flood-bytes') setInterval(() => raw(Buffer.alloc(1 << 20, 0x54)), 1);
  if (kind === 'bad-length')
    raw(Buffer.from([...Buffer.from('TWV1'), 255, 255, 255, 255, 255, 255, 255, 255]));
  if (kind === 'bad-magic') raw(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  if (kind === 'deep-json') {
    const json = Buffer.from('['.repeat(60_000));
    const head = Buffer.alloc(12);
    head.write('TWV1', 'latin1');
    head.writeUInt32LE(json.length, 4);
    raw(Buffer.concat([head, json]));
  }
  if (kind === 'no-faces') header({ ...frame(next), gate: { who: 'one', track: 'nobody-there' } });
  if (kind === 'old-number') forged(1, { seq: 1 });
  if (kind === 'future') forged(next, { at: now() + 60_000 });
  if (kind === 'nan-vector') forged(next, {}, Buffer.from(Float32Array.of(Number.NaN, 0, 0, 0).buffer));
  if (kind === 'short-vector') forged(next, {}, Buffer.alloc(4));
  if (kind === 'two-of-one-track') forged(next, { faces: [{ ...face, embedding: 0 }, face] });
  if (kind === 'unknown-report') header({ kind: 'open-the-gate', person: 'ada' });
  if (kind === 'names-a-person') forged(next, { person: 'ada' });
  if (kind === 'photo') header({ kind: 'photo', id: 1, result: { kind: 'faces', faces: [] } });
  if (kind === 'pass') header({ kind: 'pass', id: 0, result: { kind: 'faces', faces: [] } });
  if (kind === 'snapshot')
    header({ kind: 'snapshot', id: 0, width: 2, height: 1 }, Buffer.of(0xff, 0xd8, 0xff));
}

function flood(message: object): void {
  const one = Buffer.concat(frameMessage(message));
  raw(Buffer.concat(Array.from({ length: 1000 }, () => one)));
}

const link = openCoreLink(process.stdin, {
  onLost: () => process.exit(1),
  onRequest: (request) => {
    if (request.kind === 'stop') process.exit(0);
    if (request.kind !== 'watch') return;
    link.report({ kind: 'ready', provider: 'cpu', pid: process.pid });
    link.report({ kind: 'camera', status: 'live', at: now() });
    let seq = 0;
    setInterval(() => {
      if (kind === 'good' || seq < 5) link.report(frame(seq));
      seq += 1;
      if (seq === 5 && kind !== 'good') misbehave();
    }, EVERY_MS);
  },
});
