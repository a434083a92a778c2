import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('npm pack makes no tarball that could not run, and says what is installed in its place', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pack-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const { status, stdout, stderr } = spawnSync('npm', ['pack', '--pack-destination', folder], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    encoding: 'utf8',
    timeout: 120_000,
  });
  assert.notEqual(status, 0);
  assert.match(stdout + stderr, /twinstile is not installed by npm/);
  assert.match(stdout + stderr, /apt install .*\.deb/);
  assert.deepEqual(readdirSync(folder), []);
});
