import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainCamera } from '../../../src/service/cameras/explain-camera.js';
import type { StreamAnswer } from '../../../src/service/cameras/stream-answer.js';
import type { CameraSource } from '../../../src/vision/ports/camera.js';
import type { CameraStatus, VisionReport } from '../../../src/vision/ports/vision.js';
import { handClock } from '../../contracts/camera-script.js';

const settled = () => new Promise((resolve) => setImmediate(resolve));

function setUp(source: CameraSource = { kind: 'stream', url: 'rtsp://camera/1' }) {
  const clock = handClock();
  const told: string[] = [];
  const asked: string[] = [];
  let answer: StreamAnswer | undefined = { detail: 'It refuses the login (401).', todo: 'Correct it.' };
  const see = explainCamera({
    source,
    clock,
    onAnswer: ({ detail }) => told.push(detail),
    ask: async (url) => {
      asked.push(url);
      return answer;
    },
  });
  const camera = async (status: CameraStatus) => {
    see({ kind: 'camera', status, at: clock.monotonic() });
    await settled();
  };
  return {
    clock,
    told,
    asked,
    camera,
    see,
    answers: (next: StreamAnswer | undefined) => {
      answer = next;
    },
  };
}

test('asks a network camera that gives no pictures why, at most once a minute, and says each cause once', async () => {
  const { clock, told, asked, camera, answers } = setUp();
  for (const status of ['opening', 'unplugged', 'unplugged', 'stalled'] as const) await camera(status);
  assert.deepEqual([asked.length, told], [1, ['It refuses the login (401).']]);
  clock.move(60_000);
  await camera('unplugged');
  assert.deepEqual([asked.length, told.length], [2, 1]);
  clock.move(60_000);
  answers({ detail: 'It answers 404.', todo: 'Correct it.' });
  await camera('ended');
  assert.deepEqual(told, ['It refuses the login (401).', 'It answers 404.']);
  clock.move(60_000);
  answers(undefined);
  await camera('unplugged');
  assert.equal(told.length, 2);
});

test('says the same cause once more after pictures came between', async () => {
  const { clock, told, camera, see } = setUp();
  await camera('unplugged');
  see({ kind: 'frame' } as VisionReport);
  clock.move(60_000);
  await camera('unplugged');
  assert.equal(told.length, 2);
});

test('asks no camera that is not on the network', async () => {
  const { asked, camera } = setUp({ kind: 'usb', device: '/dev/video0' });
  await camera('unplugged');
  assert.deepEqual(asked, []);
});
