import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, TwinstileError } from '../../src/base/errors.js';
import { exitCodeOf, type Outcome } from '../../src/base/exit-code.js';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const operations = new URL('../../docs/OPERATIONS.md', import.meta.url);

for (const [code, expected] of [
  ['bad-arguments', 2],
  ['config-invalid', 2],
  ['enrolment-refused', 3],
  ['journal-broken', 4],
  ['pack-missing', 5],
  ['broker-unreachable', 6],
  ['stopped', 130],
  ['internal', 1],
] as const satisfies readonly (readonly [ErrorCode, number])[])
  test(`an error ${code} ends a command with ${expected}`, () => {
    assert.equal(exitCodeOf(new TwinstileError({ code, message: 'x' })), expected);
  });

test('what is no expected failure ends with the code of a defect', () => {
  assert.equal(exitCodeOf(new TypeError('x')), 1);
});

test('the table of the documents has each class with its code, and no other', () => {
  const rows = readFileSync(operations, 'utf8').matchAll(/^\| (\d+)[^|]* \| ([a-z-]+) \|/gm);
  const written = Object.fromEntries([...rows].map(([, code, name]) => [name, Number(code)]));
  const all: readonly Outcome[] = [
    'done',
    'broken',
    'usage',
    'refused',
    'not-well',
    'unusable',
    'unreachable',
    'stopped',
  ];
  assert.deepEqual(written, Object.fromEntries(all.map((name) => [name, exitCodeOf(name)])));
});

for (const [words, expected] of [
  [['people', 'lst'], 2],
  [['people', 'list', '--nope'], 2],
  [['people', 'list', '-c', '/nonexistent/box.yaml'], 2],
  [['people', 'list', '--help'], 0],
] as const)
  test(`twinstile ${words.join(' ')} ends with ${expected}`, () => {
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', main, ...words], {
      encoding: 'utf8',
    });
    assert.equal(status, expected, stderr);
  });
