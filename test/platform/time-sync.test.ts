/** The real kernel is asked: what it answers depends on the machine, that both ways agree does not. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { isTimeSynchronised } from '../../src/platform/time-sync.js';

/** Puts programs of ours before those of the machine. */
function withPrograms(t: TestContext, programs: Readonly<Record<string, string>>): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'twinstile-sync-'));
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(path.join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(path.join(folder, name), 0o755);
  }
  const before = process.env.PATH;
  process.env.PATH = `${folder}:${before}`;
  t.after(() => {
    process.env.PATH = before;
    rmSync(folder, { recursive: true });
  });
}

test('the kernel says whether its clock is synchronised as adjtimex does', async (t) => {
  if (process.arch !== 'x64') return t.skip('the call below is that of x86-64');
  const status = execFileSync('perl', [
    '-e',
    'my $t = "\\0" x 208; syscall(159, $t) >= 0 or die; print unpack("x40 i", $t)',
  ]);
  assert.equal(await isTimeSynchronised(), (Number(status) & 0x40) === 0);
});

for (const [said, expected] of [
  ['yes', true],
  ['no', false],
] as const)
  test(`where the kernel may not be asked, as under ProtectClock=, timedatectl's ${said} counts`, async (t) => {
    withPrograms(t, { perl: 'exit 2', timedatectl: `echo ${said}` });
    assert.equal(await isTimeSynchronised(), expected);
  });

test('where nothing can tell, nothing is said', async (t) => {
  withPrograms(t, { perl: 'exit 127', timedatectl: 'exit 1' });
  assert.equal(await isTimeSynchronised(), undefined);
});
