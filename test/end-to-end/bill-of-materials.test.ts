/** The bill of materials that a package carries; its schema is held by scripts/check-package, which fetches it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../../', import.meta.url));

interface Component {
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly 'bom-ref': string;
  readonly scope?: string;
}

const billOf = (commit: string, env: NodeJS.ProcessEnv = {}) =>
  execFileSync(
    process.execPath,
    [
      'scripts/package/bill-of-materials.mjs',
      '--commit',
      commit,
      '--time',
      '1764500000',
      '--opencv',
      'libopencv-core406',
    ],
    { cwd: project, encoding: 'utf8', env: { ...process.env, ...env } },
  );

test('the bill names the runtime, each dependency with its version, SQLite as it is loaded, and what the distribution brings', () => {
  const { components, metadata } = JSON.parse(billOf('0123abcd')) as {
    components: readonly Component[];
    metadata: { timestamp: string };
  };
  assert.equal(metadata.timestamp, '2025-11-30T10:53:20.000Z');
  const found = new Map(components.map((one) => [one.name, one]));
  const { dependencies } = JSON.parse(readFileSync(`${project}/package.json`, 'utf8'));
  for (const [name, version] of Object.entries<string>(dependencies)) {
    const [, real = name, at = version] = /^npm:(.+)@([^@]+)$/.exec(version) ?? [];
    assert.equal(found.get(real)?.version, at, real);
  }
  assert.match(found.get('node')?.version ?? '', /^24\./);
  assert.match(found.get('sqlite')?.version ?? '', /^3\.54\./);
  assert.equal(found.get('libopencv-core406')?.scope, 'excluded');
  assert.ok(found.has('builtin'));
  const refs = components.map((one) => one['bom-ref']);
  assert.equal(new Set(refs).size, refs.length, 'each is named once');
  for (const { purl } of components.filter((one) => one.purl !== undefined))
    assert.match(purl ?? '', /^pkg:(npm|generic|deb)\/[^\s@]+(@[^\s@]+)?$/);
});

test('the same commit gives the same bill at any time and place, another commit another', () => {
  const one = billOf('0123abcd', { TZ: 'UTC', LC_ALL: 'C' });
  assert.equal(billOf('0123abcd', { TZ: 'Pacific/Kiritimati', LC_ALL: 'C.UTF-8' }), one);
  assert.notEqual(billOf('4567abcd'), one);
});
