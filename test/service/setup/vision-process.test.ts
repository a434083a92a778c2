import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nativeEnvironment, readCamera, visionStart } from '../../../src/service/setup/vision-process.js';

const playback = { pace: 'real-time', loop: true } as const;
const here = fileURLToPath(import.meta.url);
const folder = fileURLToPath(new URL('.', import.meta.url));

for (const [argument, expected] of [
  ['rtsp://10.0.0.7/stream', { kind: 'stream', url: 'rtsp://10.0.0.7/stream' }],
  ['http://camera/mjpeg', { kind: 'stream', url: 'http://camera/mjpeg' }],
  ['/dev/video9', { kind: 'usb', device: '/dev/video9' }],
  ['2', { kind: 'usb', device: '/dev/video2' }],
  ['csi:1', { kind: 'csi', sensor: 1 }],
  [here, { kind: 'file', path: here, ...playback }],
  [folder, { kind: 'folder', path: folder.replace(/\/$/, ''), fps: 10, ...playback }],
] as const) {
  test(`reads ${argument.split('/').at(-1) || 'a folder'} as a camera of kind ${expected.kind}`, () =>
    assert.deepEqual(readCamera(argument, playback), expected));
}

for (const argument of ['no-such-file.mp4', '', 'rtsp://'])
  test(`refuses "${argument}" and says what it may be`, () =>
    assert.throws(() => readCamera(argument, playback), { code: 'camera-unusable', hint: /video file/ }));

test('hands on what native libraries look for and no secret', () =>
  assert.deepEqual(
    nativeEnvironment({
      PATH: '/bin',
      GST_PLUGIN_PATH: '/plugins',
      CREDENTIALS_DIRECTORY: '/run/credentials/twinstile',
      MQTT_PASSWORD: 'secret',
    }),
    { PATH: '/bin', GST_PLUGIN_PATH: '/plugins' },
  ));

test('starts the worker beside the program, from source as from dist', () => {
  const { command, dimension } = visionStart({ dimension: 128, onLine: () => {}, env: {} });
  assert.equal(command[0], process.execPath);
  assert.equal(basename(command.at(-1) ?? ''), 'vision-worker.ts');
  assert.equal(dimension, 128);
});
