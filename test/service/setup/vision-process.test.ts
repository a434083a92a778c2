import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { test } from 'node:test';
import { nativeEnvironment, visionStart } from '../../../src/service/setup/vision-process.js';

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
