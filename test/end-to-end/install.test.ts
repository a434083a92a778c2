/** The installer, tried on a folder: what it puts where, that it keeps what is not its own, and that a dry run does nothing. */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { PROGRAM, releaseFor } from './small-release.js';

test('a dry run says what would be done and does nothing', (t) => {
  const { run, files } = releaseFor(t);
  const { status, stdout } = run('install.sh', '--dry-run');
  assert.equal(status, 0);
  assert.match(stdout, /would run: .*keys new gallery/);
  assert.match(stdout, /would run: .*twinstile\.service/);
  assert.deepEqual(files(), []);
});

test('an installation is whole: program, units, user, settings, and keys that only their owner reads', (t) => {
  const { run, root } = releaseFor(t);
  const { status, stderr } = run('install.sh');
  assert.equal(status, 0, stderr);
  for (const file of [
    'opt/twinstile/dist/main.js',
    'opt/twinstile/package.json',
    'opt/twinstile/models/catalog.json',
    'opt/twinstile/scripts/with-notify',
    'opt/twinstile/scripts/shut-in',
    'etc/systemd/system/twinstile.service',
    'etc/systemd/system/twinstile-gate@.service',
    'usr/lib/sysusers.d/twinstile.conf',
    'usr/lib/tmpfiles.d/twinstile.conf',
    'etc/twinstile/twinstile.yaml',
  ])
    assert.ok(existsSync(path.join(root, file)), file);
  for (const file of ['gallery.key', 'grant.key', 'mqtt-password'])
    assert.equal(statSync(path.join(root, 'etc/twinstile', file)).mode & 0o777, 0o600, file);
  for (const file of ['with-notify', 'shut-in'])
    assert.ok((statSync(path.join(root, 'opt/twinstile/scripts', file)).mode & 0o111) === 0o111, file);
});

test('every file that the unit names is there after an installation', (t) => {
  const { run, root } = releaseFor(t);
  run('install.sh');
  const unit = readFileSync(path.join(root, 'etc/systemd/system/twinstile.service'), 'utf8');
  const named = [
    ...unit.matchAll(/(?:LoadCredential=[\w-]+:|--config |(?<== ?|\s))(\/(?:etc|opt)\/twinstile\/[\w./-]+)/g),
  ];
  assert.ok(named.length >= 5);
  for (const [, file = ''] of named)
    if (!/^#/.test(lineOf(unit, file))) assert.ok(existsSync(path.join(root, file)), file);
});

test('an upgrade replaces the program and keeps settings, keys and packs that were pulled', (t) => {
  const { release, run, read, root } = releaseFor(t);
  run('install.sh');
  writeFileSync(path.join(root, 'etc/twinstile/twinstile.yaml'), 'mine');
  writeFileSync(path.join(root, 'etc/twinstile/mqtt-password'), 'secret');
  writeFileSync(path.join(root, 'opt/twinstile/dist/old.js'), 'gone after the upgrade');
  mkdirSync(path.join(root, 'opt/twinstile/models/packs/mobile'), { recursive: true });
  writeFileSync(path.join(root, 'opt/twinstile/models/packs/mobile/card.json'), 'pulled');
  writeFileSync(path.join(release, 'docs/new.md'), 'new');
  const key = read('etc/twinstile/gallery.key');
  const { status, stdout, stderr } = run('install.sh');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /kept: .*twinstile\.yaml/);
  assert.deepEqual(
    ['etc/twinstile/twinstile.yaml', 'etc/twinstile/mqtt-password', 'etc/twinstile/gallery.key'].map(read),
    ['mine', 'secret', key],
  );
  assert.equal(read('opt/twinstile/models/packs/mobile/card.json'), 'pulled');
  assert.equal(read('opt/twinstile/docs/new.md'), 'new');
  assert.ok(!existsSync(path.join(root, 'opt/twinstile/dist/old.js')));
});

test('an upgrade of what 0.1.0 laid out leaves one program, its packs, and links where the old parts were', (t) => {
  const { run, read, root } = releaseFor(t);
  const program = path.join(root, 'opt/twinstile');
  for (const part of ['dist', 'node_modules/old', 'scripts', 'models/packs/mobile'])
    mkdirSync(path.join(program, part), { recursive: true });
  writeFileSync(path.join(program, 'dist/main.js'), 'of 0.1.0');
  writeFileSync(path.join(program, 'models/packs/mobile/card.json'), 'pulled');
  const { status, stderr } = run('install.sh');
  assert.equal(status, 0, stderr);
  assert.equal(read('opt/twinstile/dist/main.js'), PROGRAM);
  assert.equal(read('opt/twinstile/current/models/packs/mobile/card.json'), 'pulled');
  assert.equal(readlinkSync(path.join(program, 'dist')), 'current/dist');
  assert.deepEqual(readdirSync(path.join(program, 'releases')), [
    path.basename(readlinkSync(path.join(program, 'current'))),
  ]);
});

test('an upgrade that was cut off changes nothing, and the next one clears it away', (t) => {
  const { release, run, read, root } = releaseFor(t);
  run('install.sh');
  const before = readlinkSync(path.join(root, 'opt/twinstile/current'));
  writeFileSync(path.join(release, 'package.json'), '{"dependencies":{"not-there":"1"}}');
  const { status, stderr } = run('install.sh');
  assert.equal(status, 1);
  assert.match(stderr, /Expected the npm package not-there/);
  assert.equal(readlinkSync(path.join(root, 'opt/twinstile/current')), before);
  mkdirSync(path.join(root, 'opt/twinstile/releases/half.part'));
  writeFileSync(path.join(release, 'package.json'), '{"version":"0.2.0"}');
  assert.equal(run('install.sh').status, 0);
  const left = readdirSync(path.join(root, 'opt/twinstile/releases'));
  assert.equal(left.length, 1);
  assert.match(left[0] ?? '', /^0\.2\.0-/);
  assert.equal(read('opt/twinstile/dist/main.js'), PROGRAM);
});

test('where a package is installed, the scripts leave it alone and say how it is done', (t) => {
  const { run, root } = releaseFor(t);
  mkdirSync(path.join(root, 'opt/twinstile/package'), { recursive: true });
  writeFileSync(path.join(root, 'opt/twinstile/package/RELEASE'), 'x');
  for (const script of ['install.sh', 'uninstall.sh']) {
    const { status, stderr } = run(script);
    assert.equal(status, 1);
    assert.match(stderr, /a package is installed.*apt remove/);
  }
});

test('what the configuration needs beyond the unit goes into a drop-in, and out of it again', (t) => {
  const { run, root, files, read } = releaseFor(t);
  const dropIn = 'etc/systemd/system/twinstile.service.d/50-configuration.conf';
  run('install.sh');
  assert.ok(!files().includes(dropIn), 'the example names nothing real');
  const settings = path.join(root, 'etc/twinstile/twinstile.yaml');
  writeFileSync(settings, 'a broker outside');
  assert.match(run('install.sh').stdout, /wrote: .*50-configuration\.conf/);
  assert.match(read(dropIn), /^# .*\n\[Service\]\nIPAddressAllow=203\.0\.113\.7\n$/);
  writeFileSync(settings, 'wrong');
  const { status, stdout } = run('install.sh');
  assert.equal(status, 0);
  assert.match(stdout, /cannot be read yet/);
  assert.ok(files().includes(dropIn), 'what it was stays until it can be read');
  writeFileSync(settings, 'all inside');
  run('install.sh');
  assert.ok(!existsSync(path.dirname(path.join(root, dropIn))));
  writeFileSync(settings, 'a broker outside');
  run('install.sh');
  const own = path.join(path.dirname(path.join(root, dropIn)), 'override.conf');
  writeFileSync(own, 'mine');
  run('uninstall.sh');
  assert.ok(!existsSync(path.join(root, dropIn)) && existsSync(own), 'only its own drop-in goes');
});

test('taking it away leaves settings and data, and twice is as good as once', (t) => {
  const { run, files, root } = releaseFor(t);
  run('install.sh');
  mkdirSync(path.join(root, 'var/lib/twinstile'), { recursive: true });
  writeFileSync(path.join(root, 'var/lib/twinstile/twinstile.db'), 'people');
  for (let round = 0; round < 2; round += 1) assert.equal(run('uninstall.sh').status, 0);
  const left = files();
  assert.ok(left.length > 0 && left.every((file) => /^(etc|var\/lib)\/twinstile\//.test(file)), left.join());
  assert.equal(run('uninstall.sh', '--purge').status, 0);
  assert.deepEqual(files(), []);
});

test('a release that was not built is refused', (t) => {
  const { release, run, files } = releaseFor(t);
  rmSync(path.join(release, 'dist'), { recursive: true });
  const { status, stderr } = run('install.sh');
  assert.equal(status, 1);
  assert.match(stderr, /scripts\/setup/);
  assert.deepEqual(files(), []);
});

const lineOf = (text: string, part: string): string =>
  text.split('\n').find((line) => line.includes(part)) ?? '';
