/** `twinstile` of an installed box: what runs as the service, what as the caller, and what another user is answered. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { VERBS } from '../../src/verbs.js';

const script = readFileSync(fileURLToPath(new URL('../../scripts/twinstile', import.meta.url)), 'utf8');

test('every verb is named in the command on the path, so that none is taken for another’s', () => {
  const named = new Set(
    [...script.matchAll(/^ {4}(.*\|.*)\)$/gm)].flatMap(([, list = '']) => list.split(/[ |]+/)),
  );
  const services = new Set(
    [...script.matchAll(/^ {4}([a-z| ]+)\) /gm)].flatMap(([, list = '']) => list.split(/[ |]+/)),
  );
  const missing = Object.keys(VERBS).filter((verb) => !named.has(verb) && !services.has(verb));
  assert.deepEqual(missing, []);
});

/** The script with a program in a folder, which says as whom it was asked. */
function installedIn(t: TestContext) {
  const folder = mkdtempSync(path.join(tmpdir(), 'twinstile-command-'));
  t.after(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755);
  const put = (name: string, text: string) => {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text, { mode: 0o755 });
  };
  put('runtime/bin/node', '#!/bin/sh\nshift\necho "caller: $*"\n');
  put('scripts/as-service', '#!/bin/sh\necho "service: $*"\n');
  put('settings/twinstile.yaml', '');
  put('own.yaml', '');
  put(
    'twinstile',
    script
      .replace('program=/opt/twinstile/current', `program=${folder}`)
      .replace('settings=/etc/twinstile', `settings=${folder}/settings`),
  );
  const typed = (words: string, user?: string) => {
    const args = words
      .replaceAll('SETTINGS', `${folder}/settings`)
      .split(' ')
      .filter((word) => word !== '');
    const run = user === undefined ? [] : ['setpriv', `--reuid=${user}`, '--regid=nogroup', '--clear-groups'];
    const [command = '', ...rest] = [...run, path.join(folder, 'twinstile'), ...args];
    const { status, stdout, stderr } = spawnSync(command, rest, { encoding: 'utf8', cwd: folder });
    return { status, said: stdout.split(':')[0], text: stdout + stderr };
  };
  return { typed };
}

const AS_SERVICE = [
  'people list',
  'badge add ada 04',
  'enroll photos --consent-text 1',
  'journal list',
  'doctor',
  'gallery status',
  'sync',
  'backup list',
  'adapt status',
  'keys rotate gallery',
  'models publish mobile --out www',
  'models rollout status',
  'config check SETTINGS/twinstile.yaml',
  'people list --config=SETTINGS/twinstile.yaml',
  'people list -c SETTINGS/twinstile.yaml',
  'calibrate -c SETTINGS/twinstile.yaml',
  'watch',
  'run -c SETTINGS/twinstile.yaml',
];

const AS_CALLER = [
  '',
  '--version',
  'demo',
  'people --help',
  'people list -h',
  'people list -c own.yaml',
  'people list --config=own.yaml',
  'people list -c SETTINGS/../own.yaml',
  'config check own.yaml',
  'config explain',
  'keys new gallery --out SETTINGS',
  // It writes what belongs to root, and enrolls as the service by itself.
  'setup',
  'setup -c SETTINGS/twinstile.yaml',
  'setup --answers SETTINGS/answers.yaml --yes',
  'models pull mobile',
  'gallery device key --out SETTINGS/fleet.age',
  'watch --broker mqtt://h --site s',
  'command open',
  'fleet status',
  'gate --gate g',
  'replay clip.mp4',
  'nonsense',
];

test('what works with the service’s data runs as the service, for root', (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root');
  const { typed } = installedIn(t);
  for (const words of AS_SERVICE) assert.equal(typed(words).said, 'service', words);
  for (const words of AS_CALLER) assert.equal(typed(words).said, 'caller', words);
});

test('another user is refused in a sentence, and may do what needs nothing of the service', (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root');
  const { typed } = installedIn(t);
  for (const words of AS_SERVICE.filter((one) => one !== 'watch')) {
    const { status, text } = typed(words, 'nobody');
    assert.equal(status, 3, words);
    assert.match(text, /works with the service's data and keys.*\n.*adduser nobody twinstile-admin/);
  }
  // Its broker may be in a profile of the caller's.
  for (const words of [...AS_CALLER, 'watch']) assert.equal(typed(words, 'nobody').said, 'caller', words);
});
