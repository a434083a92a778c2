import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { test } from 'node:test';
import { loadingFlags, nativeEnvironment, visionStart } from '../../../src/service/setup/vision-process.js';

for (const [name, given, kept] of [
  [
    'loaders, in both spellings',
    ['--import', 'tsx', '--require=./x.cjs'],
    ['--import', 'tsx', '--require=./x.cjs'],
  ],
  ['no debugger, whose port is taken', ['--inspect=9229', '--import', 'tsx'], ['--import', 'tsx']],
  ['no program of its own', ['--import', 'tsx', '--input-type=module', '--eval', 'x()'], ['--import', 'tsx']],
  ['no test runner', ['--test', '--test-concurrency=2', '--enable-source-maps'], ['--enable-source-maps']],
] as const) {
  test(`hands on ${name}`, () => assert.deepEqual(loadingFlags(given), kept));
}

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
