/** The real kernel is asked: what it answers depends on the machine, that both ways agree does not. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { isTimeSynchronised, RELEASED } from '../../src/platform/time-sync.js';

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

/** The floor of time moves with the releases. */
const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

/** @returns the dates of the headings "## 1.2.3 (2026-11-30)", as ms since 1970. */
const releaseDates = (changelog: string): readonly number[] =>
  [...changelog.matchAll(/^## \d+\.\d+\.\d+ \((\d{4}-\d{2}-\d{2})\)$/gm)].map(([, day = '']) =>
    Date.parse(day),
  );

/** Until the first release any day will do that is not to come. */
function faultOf(changelog: string, released: number): string | undefined {
  const dates = releaseDates(changelog);
  const newest = Math.max(...dates);
  if (dates.length === 0 || newest === released) return undefined;
  return `move RELEASED in src/platform/time-sync.ts to ${new Date(newest).toISOString().slice(0, 10)}`;
}

test('the floor of time is the day of the newest release', () => {
  assert.equal(faultOf(read('CHANGELOG.md'), RELEASED), undefined);
  assert.ok(RELEASED <= Date.now());
});

test('every heading of the changes is a version with a day, or the one that is not released yet', () => {
  const headings = read('CHANGELOG.md')
    .split('\n')
    .filter((line) => line.startsWith('## '));
  const { version } = JSON.parse(read('package.json'));
  assert.ok(headings[0]?.startsWith(`## ${version} (`), `the newest is ${version}, that of package.json`);
  for (const [index, heading] of headings.entries())
    assert.match(heading, index === 0 ? /\((unreleased|\d{4}-\d{2}-\d{2})\)$/ : /\(\d{4}-\d{2}-\d{2}\)$/);
});

for (const [name, changelog, fault] of [
  [
    'a release that is newer',
    '## 0.2.0 (unreleased)\n## 0.1.0 (2027-02-01)',
    'move RELEASED in src/platform/time-sync.ts to 2027-02-01',
  ],
  [
    'a day past the newest release',
    '## 0.1.0 (2026-12-31)',
    'move RELEASED in src/platform/time-sync.ts to 2026-12-31',
  ],
  ['nothing while nothing is released', '## 0.1.0 (unreleased)', undefined],
  ['nothing on the day itself', '## 0.1.1 (2027-01-01)\n## 0.1.0 (2026-12-31)', undefined],
] as const)
  test(`is told of ${name}`, () => assert.equal(faultOf(changelog, Date.UTC(2027, 0, 1)), fault));
