import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { millis } from '../../../src/base/units.js';
import {
  firstPatience,
  nextPatience,
  silenceWhileOpening,
} from '../../../src/vision/camera/camera-patience.js';
import type { CameraSource } from '../../../src/vision/ports/camera.js';
import { holds } from '../../support/properties.js';

const SOURCES: readonly CameraSource[] = [
  { kind: 'usb', device: '/dev/video0' },
  { kind: 'csi', sensor: 0 },
  { kind: 'stream', url: 'rtsp://camera/1' },
  { kind: 'stream', url: 'rtsps://camera/1' },
  { kind: 'stream', url: 'http://camera/video' },
  { kind: 'file', path: 'film.mp4', pace: 'real-time', loop: true },
  { kind: 'folder', path: 'pictures', fps: 10, pace: 'real-time', loop: true },
];

test('each kind of camera has a name and limits of its own', () => {
  assert.deepEqual(
    SOURCES.map((source) => Object.values(silenceWhileOpening(source)).join(' ')),
    [
      'USB camera 20000',
      'CSI camera 40000',
      'RTSP camera 45000',
      'RTSP camera 45000',
      'HTTP camera 45000',
      'film 30000',
      'folder of pictures 30000',
    ],
  );
});

test('every camera may take longer than ten seconds to its first picture before its process is replaced', () => {
  for (const source of SOURCES) assert.ok(silenceWhileOpening(source).limit > 10_000, source.kind);
});

test('a network camera that hangs is given up at first before 3 s are over', () => {
  for (const source of SOURCES) if (source.kind === 'stream') assert.ok(firstPatience(source).silence < 3000);
});

test('slow attempts in a row wait longer each time, up to what one call of a library takes', () => {
  const [source] = SOURCES.filter(({ kind }) => kind === 'stream');
  assert.ok(source !== undefined);
  const silences: number[] = [];
  let patience = firstPatience(source);
  for (let attempt = 0; attempt < 6; attempt += 1) {
    silences.push(patience.silence);
    patience = nextPatience(patience, patience.silence, source);
  }
  assert.deepEqual(silences, [2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

test('never waits less than before, never longer than one process may be silent, and no longer after a quick refusal', async (t) => {
  await holds(
    t,
    fc.property(
      fc.constantFrom(...SOURCES),
      fc.array(fc.nat(60_000), { maxLength: 12 }),
      (source, attempts) => {
        let patience = firstPatience(source);
        for (const took of attempts) {
          const next = nextPatience(patience, millis(took), source);
          if (took < patience.analysis) assert.deepEqual(next, patience);
          for (const name of ['analysis', 'silence', 'picture'] as const)
            assert.ok(next[name] >= patience[name]);
          assert.ok(next.silence < silenceWhileOpening(source).limit);
          patience = next;
        }
      },
    ),
    { short: 200, long: 20_000 },
  );
});
