import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { explain } from '../../src/base/errors.js';
import { systemFailure, systemReason } from '../../src/base/system-error.js';
import { temporaryFolder } from '../../src/platform/folders.js';

const failureOf = (work: () => Promise<unknown>): Promise<string> =>
  work().then(
    () => assert.fail('Expected a failure, got none.'),
    (error: unknown) => explain(systemFailure(error) ?? assert.fail(String(error))),
  );

test('what the system refuses is one sentence with an order instead of a stack trace', async () => {
  for (const [work, said] of [
    [() => readdir('/nowhere'), 'Expected to use /nowhere, got no such file or folder (ENOENT, scandir). '],
    [() => readFile('/'), 'Expected to use a file, got a folder (EISDIR, read). Name a file in it.'],
    [() => mkdir('/dev/null/x'), 'got a file where a folder is expected (ENOTDIR, mkdir). Correct the path.'],
    [() => writeFile('/dev/full', 'x'), 'got no space left (ENOSPC, write). Free space on that file system'],
    [() => mkdtemp('/nowhere/x-'), 'got no such file or folder (ENOENT, mkdtemp). Correct the path, or make'],
  ] as const)
    assert.ok((await failureOf(work)).includes(said), await failureOf(work));
});

test('a user without a home is named by what the system says of it', () => {
  const error = Object.assign(new Error('A system error occurred'), {
    code: 'ERR_SYSTEM_ERROR',
    info: { code: 'ENOENT', syscall: 'uv_os_homedir', message: 'no such file or directory' },
  });
  assert.match(
    explain(systemFailure(error)),
    /^Expected to use a file, got no such file or folder \(ENOENT, uv_os_/,
  );
});

test('a defect is no failure of the system: its stack is kept', () => {
  for (const error of [
    new TypeError('x'),
    Object.assign(new Error('y'), { code: 'toString' }),
    'ENOENT',
    undefined,
  ])
    assert.equal(systemReason(error), undefined);
});

test('says TMPDIR where no temporary folder can be made', async (t) => {
  const before = process.env.TMPDIR;
  t.after(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
  process.env.TMPDIR = '/nonexistent';
  await assert.rejects(temporaryFolder('x-'), {
    message:
      'Expected a folder for temporary files that can be written at /nonexistent, got no such file or folder.',
    hint: 'Set TMPDIR to a folder that this user can write, and that has room.',
  });
});
