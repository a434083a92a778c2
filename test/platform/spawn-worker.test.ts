import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { test } from 'node:test';
import { loadingFlags, programCommand } from '../../src/platform/spawn-worker.js';

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

test('runs the file beside main, from source as from dist', () => {
  const { command, args } = programCommand('main', ['gate', '--site', 'hq']);
  assert.equal(command, process.execPath);
  assert.deepEqual(args.slice(-3), ['gate', '--site', 'hq']);
  assert.equal(basename(args.at(-4) ?? ''), 'main.ts');
});
