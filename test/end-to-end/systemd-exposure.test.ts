/** How much do the units leave open, by systemd's own count? */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../systemd/', import.meta.url));
const version = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' });
/** --offline came with 250. */
const skip =
  Number(/systemd (\d+)/.exec(version.stdout ?? '')?.[1]) >= 250
    ? false
    : 'needs systemd-analyze 250 or newer';

for (const [unit, most] of [
  ['twinstile.service', 1.3],
  ['twinstile-gate@.service', 1.3],
  // It reaches any repository on the internet.
  ['twinstile-sync.service', 1.6],
] as const)
  test(`${unit} is exposed by at most ${most}`, { skip }, () => {
    const { stdout } = spawnSync(
      'systemd-analyze',
      ['security', '--offline=true', '--no-pager', path.join(folder, unit)],
      { encoding: 'utf8' },
    );
    const [, exposure] = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout) ?? [];
    assert.ok(Number(exposure) <= most, `exposure ${exposure}:\n${stdout}`);
  });

for (const unit of [
  'twinstile.service',
  'twinstile-gate@.service',
  'twinstile-sync.service',
  'twinstile-sync.timer',
])
  test(`${unit} has no word that systemd does not know`, { skip }, (t) => {
    const place = mkdtempSync(path.join(tmpdir(), 'units-'));
    t.after(() => rmSync(place, { recursive: true }));
    const file = path.join(place, unit.replace('@', '@north-1'));
    copyFileSync(path.join(folder, unit), file);
    const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
    const complaints = stderr
      .split('\n')
      .filter((line) => line.includes(unit.split('.')[0]?.replace('@', '') ?? unit));
    // That the program is not installed here is no fault of the unit.
    assert.deepEqual(
      complaints.filter((line) => !/is not executable|not found/i.test(line)),
      [],
    );
  });
