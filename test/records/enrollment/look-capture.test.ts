import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trackId } from '../../../src/base/ids.js';
import { frameSeq, millis, monotonic } from '../../../src/base/units.js';
import { LOOKS } from '../../../src/records/enrollment/guided-looks.js';
import { type CaptureProgress, captureLooks } from '../../../src/records/enrollment/look-capture.js';
import type { FrameReport } from '../../../src/vision/ports/vision.js';

const none = millis(0);
const frameAt = (at: number, turn: number): FrameReport => ({
  kind: 'frame',
  seq: frameSeq(at),
  at: monotonic(at),
  width: 640,
  height: 480,
  gate: { who: 'one', track: trackId('a') },
  faces: [
    {
      track: trackId('a'),
      box: { x: 0, y: 0, width: 90, height: 100 },
      score: 0.9,
      interOcular: 50,
      atGate: true,
      problems: [],
      pose: { turn, nod: 0.55 },
      embedding: Float32Array.of(turn),
    },
  ],
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
});
const capturing = (signal = new AbortController().signal, limit?: number) => {
  const seen: string[] = [];
  const capture = captureLooks(
    {
      rules: LOOKS,
      limit: limit === undefined ? undefined : millis(limit),
      onProgress: ({ guidance, looks, needed }: CaptureProgress) =>
        seen.push(`${guidance} ${looks}/${needed}`),
    },
    signal,
  );
  return { capture, seen };
};

test('progress is told at each change, and the looks come at the end', async () => {
  const { capture, seen } = capturing();
  for (const [at, turn] of [
    [0, 0],
    [100, 0],
    [500, 0.15],
    [1000, -0.15],
    [1500, 0.3],
  ] as const)
    capture.see(frameAt(at, turn));
  assert.deepEqual(seen, ['turn-left 1/3', 'turn-right 2/3', 'done 3/3']);
  assert.equal((await capture.looks).length, 3);
});

test('a camera that stops, or a vision process that is replaced, begins anew', (t) => {
  const cancel = new AbortController();
  t.after(() => cancel.abort());
  const { capture, seen } = capturing(cancel.signal);
  capture.see(frameAt(0, 0));
  capture.see({ kind: 'camera', status: 'stalled', at: monotonic(200) });
  capture.see(frameAt(500, 0.2));
  capture.see({ kind: 'restarting', cause: 'a test' });
  assert.deepEqual(seen, ['turn-left 1/3', 'wait-for-camera 0/3', 'turn-left 1/3', 'wait-for-camera 0/3']);
});

test('the end of a recording says what was in the way', async () => {
  const { capture } = capturing();
  capture.see(frameAt(0, 0));
  capture.see({ kind: 'end', frames: 1 });
  await assert.rejects(capture.looks, {
    code: 'enrolment-refused',
    message: /3 good looks of one person before the recording ended, got 1. In the way at last: turn-left/,
  });
});

test('it ends after its time, and at once when it is cancelled', async () => {
  await assert.rejects(capturing(undefined, 1).capture.looks, {
    code: 'enrolment-refused',
    message: /within 0.001 s/,
  });
  const cancel = new AbortController();
  const { capture } = capturing(cancel.signal);
  cancel.abort();
  await assert.rejects(capture.looks, { code: 'stopped' });
  await assert.rejects(capturing(cancel.signal).capture.looks, { code: 'stopped' });
});
