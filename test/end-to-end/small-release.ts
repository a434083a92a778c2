/** A release whose program is small enough to be installed in a moment, and a folder to install it in. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../../', import.meta.url));

/** Stands in for the built program: makes the key it is asked for, and knows what a configuration needs. */
export const PROGRAM = `
if (process.argv[2] === 'config' && process.argv[3] === 'schema') {
  const [out] = process.argv.slice(-1);
  require('node:fs').writeFileSync(out, '{}');
  process.exit(0);
}
if (process.argv[2] === 'config') {
  const text = require('node:fs').readFileSync(process.argv[4], 'utf8');
  if (text.includes('wrong')) process.exit(1);
  if (text.includes('outside')) console.log('[Service]\\nIPAddressAllow=203.0.113.7');
  process.exit(0);
}
const [, , , , kind, , out] = process.argv;
require('node:fs').writeFileSync(out + '/' + kind + '.key', kind, { flag: 'wx', mode: 0o600 });
`;

export function releaseFor(t: TestContext) {
  const folder = mkdtempSync(path.join(tmpdir(), 'install-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const release = path.join(folder, 'release');
  for (const part of ['scripts', 'systemd', 'config', 'docs'])
    cpSync(path.join(project, part), path.join(release, part), { recursive: true });
  for (const part of ['dist', 'models', 'node_modules/zod'])
    mkdirSync(path.join(release, part), { recursive: true });
  writeFileSync(path.join(release, 'dist/main.js'), PROGRAM);
  writeFileSync(path.join(release, 'package.json'), '{}');
  writeFileSync(path.join(release, 'models/catalog.json'), '[]');
  const root = path.join(folder, 'root');
  mkdirSync(root);
  const run = (script: string, ...args: readonly string[]) =>
    spawnSync('bash', [path.join(release, 'scripts', script), '--root', root, ...args], {
      encoding: 'utf8',
      timeout: 60_000,
    });
  const files = () =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((file) => statSync(path.join(root, file)).isFile())
      .toSorted();
  return { release, root, run, files, read: (file: string) => readFileSync(path.join(root, file), 'utf8') };
}
