import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { wallTime } from '../../src/base/units.js';
import { buildInfo, runtimeAge, versionText } from '../../src/platform/build-info.js';

const BUILD = {
  version: '0.2.0',
  commit: 'abcdef012345',
  builtAt: '2026-11-30T12:00:00.000Z',
  node: '24.22.3',
  opencv: '4.6.0',
  sqlite: '3.54.1',
  onnxruntime: '1.30.0',
};
const NOW = wallTime(Date.parse('2026-12-01T00:00:00Z'));

async function fileOf(t: TestContext, text: string): Promise<URL> {
  const folder = await mkdtemp(path.join(tmpdir(), 'build-info-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'build.json');
  await writeFile(file, text);
  return pathToFileURL(file);
}

test('a build says what it was made of', async (t) => {
  const build = buildInfo(await fileOf(t, JSON.stringify(BUILD)));
  assert.deepEqual(build, BUILD);
  assert.match(
    versionText(build),
    /^twinstile 0\.2\.0 \(commit abcdef012345, 2026-11-30\)\n.*SQLite 3\.54\.1/,
  );
});

test('sources, and a file that is cut off or lacks a field, are no build', async (t) => {
  const whole = JSON.stringify(BUILD);
  for (const text of [
    '',
    'null',
    whole.slice(0, 40),
    JSON.stringify({ ...BUILD, sqlite: 3 }),
    whole.replace('2026-11-30T', 'x'),
  ])
    assert.equal(buildInfo(await fileOf(t, text)), undefined, text);
  assert.equal(buildInfo(new URL('file:///nowhere/build.json')), undefined);
  assert.match(versionText(undefined), /from its sources/);
});

test('the end of a line of Node.js is told 90 days before it, and after it', () => {
  const at = (date: string) => runtimeAge('24.22.3', undefined, wallTime(Date.parse(date)));
  assert.deepEqual(at('2026-12-01'), {
    daysToEnd: 516,
    isNearEnd: false,
    daysSinceBuild: undefined,
    isOldBuild: false,
  });
  assert.equal(at('2028-01-31').isNearEnd, false);
  assert.equal(at('2028-02-01').isNearEnd, true);
  assert.equal(at('2028-05-02').daysToEnd, -2);
  assert.equal(runtimeAge('99.1.0', undefined, NOW).isNearEnd, false);
});

test('a build is old after 90 days', () => {
  const after = (days: number) =>
    runtimeAge('24.22.3', BUILD.builtAt, wallTime(Date.parse(BUILD.builtAt) + days * 86_400_000));
  assert.equal(after(90).isOldBuild, false);
  assert.deepEqual([after(91).isOldBuild, after(91).daysSinceBuild], [true, 91]);
});
