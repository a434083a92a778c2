/** The signature of a release, made with a key of the test and read by the command that OPERATIONS.md names. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const sign = fileURLToPath(new URL('../../scripts/package/sign', import.meta.url));
const needsGpg =
  spawnSync('gpg', ['--version']).error === undefined && spawnSync('gpgv', ['--version']).error === undefined
    ? {}
    : { skip: 'needs gpg and gpgv' };

const FILES = ['twinstile_1.deb', 'twinstile_1.cdx.json'];

/** A folder with two files of a release, and keys in a home of their own. */
function releaseFor(t: TestContext) {
  // Short, because gpg's agent has a socket there.
  const root = mkdtempSync(path.join(tmpdir(), 'sign-'));
  const env = { ...process.env, GNUPGHOME: path.join(root, 'gpg') };
  mkdirSync(env.GNUPGHOME, { mode: 0o700 });
  t.after(() => {
    spawnSync('gpgconf', ['--kill', 'all'], { env });
    rmSync(root, { recursive: true, force: true });
  });
  const release = path.join(root, 'release');
  mkdirSync(release);
  writeFileSync(path.join(release, 'twinstile_1.deb'), 'a package');
  writeFileSync(path.join(release, 'twinstile_1.cdx.json'), '{}');
  const run = (command: string, ...args: readonly string[]) =>
    spawnSync(command, args, { cwd: release, env, encoding: 'utf8', timeout: 60_000 });
  const keyOf = (name: string): string => {
    const made = run(
      'gpg',
      '--batch',
      '--passphrase',
      '',
      '--quick-gen-key',
      name,
      'ed25519',
      'sign',
      'never',
    );
    assert.equal(made.status, 0, made.stderr);
    run('gpg', '--batch', '--export', '--output', path.join(root, `${name}.gpg`), name);
    return path.join(root, `${name}.gpg`);
  };
  const isSigned = (keyring: string) =>
    run('gpgv', '--keyring', keyring, 'SHA256SUMS.asc', 'SHA256SUMS').status === 0;
  const isWhole = () => run('sha256sum', '--check', 'SHA256SUMS').status === 0;
  return { release, run, keyOf, isSigned, isWhole, file: (name: string) => path.join(release, name) };
}

test('a signed release is believed with its key, and with no other', needsGpg, (t) => {
  const { run, keyOf, isSigned, isWhole, release, file } = releaseFor(t);
  const ours = keyOf('releases');
  const other = keyOf('other');
  const { status, stdout, stderr } = run(sign, release, 'releases', ...FILES);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /signed by releases/);
  assert.ok(isSigned(ours) && isWhole());
  assert.deepEqual(readFileSync(file('SHA256SUMS'), 'utf8').match(/\S+$/gm), FILES);
  assert.ok(!isSigned(other), 'another key');
});

test('one byte more in a package, or in the sums, is found', needsGpg, (t) => {
  const { run, keyOf, isSigned, isWhole, release, file } = releaseFor(t);
  const ours = keyOf('releases');
  assert.equal(run(sign, release, 'releases', ...FILES).status, 0);
  appendFileSync(file('twinstile_1.deb'), ' ');
  assert.ok(!isWhole() && isSigned(ours), 'the package');
  appendFileSync(file('SHA256SUMS'), ' ');
  assert.ok(!isSigned(ours), 'the sums');
});

test('a key that is not there signs nothing, and no older signature is left', needsGpg, (t) => {
  const { run, keyOf, release, file } = releaseFor(t);
  keyOf('releases');
  assert.equal(run(sign, release, 'releases', ...FILES).status, 0);
  const { status, stderr } = run(sign, release, 'nobody@example.com', ...FILES);
  assert.equal(status, 1);
  assert.match(stderr, /did not sign with nobody@example\.com: gpg --list-secret-keys/);
  assert.ok(!existsSync(file('SHA256SUMS.asc')) && !existsSync(file('SHA256SUMS')));
});

test('without a key the sums are there and said not to be signed', (t) => {
  const { run, release, file, isWhole } = releaseFor(t);
  const { status, stdout } = run(sign, release, '', ...FILES);
  assert.equal(status, 0);
  assert.match(stdout, /NOT SIGNED/);
  assert.ok(isWhole() && !existsSync(file('SHA256SUMS.asc')));
});
